import { CopyExecution, type CopyJob } from './execute.ts';
import { stopCopy } from './stop.ts';

/**
 * Carries a copy out; resolves once its last segment is done, and nothing of it runs any more.
 *
 * Throws: SenseError COPY ABORTED; the signal's reason when aborted.
 */
export async function runCopy(job: CopyJob): Promise<void> {
  const copy = new CopyExecution(job);
  try {
    await copy.run();
  } catch (error) {
    throw await stopCopy(copy, error);
  } finally {
    await copy.tape.close();
  }
}
