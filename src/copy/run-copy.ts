import { SenseError } from '../sense/sense.ts';
import { CopyExecution, type CopyJob } from './execute.ts';
import { stopCopy } from './stop.ts';

/**
 * Carries a copy out; resolves once its last segment is done, and nothing of it runs any more.
 *
 * Returns whether residual data was dropped at its end. What segments 15h have asked for is done
 * after the last segment, and after one that failed. Throws: SenseError COPY ABORTED; the signal's
 * reason when aborted.
 */
export async function runCopy(job: CopyJob): Promise<{ readonly leftOver: boolean }> {
  const copy = new CopyExecution(job);
  try {
    const end = await copy.run();
    await copy.runLater();
    return end;
  } catch (error) {
    const failure = asRead(await stopCopy(copy, error), job);
    copy.settleChanges();
    // The copy's own error is what is reported; a move of reservations that fails as well is not.
    await copy.tape.close();
    await copy.runLater().catch(() => undefined);
    throw failure;
  } finally {
    await copy.tape.close();
  }
}

/** Where descriptor format sense data has the number of the segment. Source: SPC-4 5.17.7.4. */
function asRead(failure: unknown, { readings }: CopyJob): unknown {
  if (!(failure instanceof SenseError) || readings.segmentNumber !== 'right-aligned') {
    return failure;
  }
  const { key, additional, ...details } = failure.sense;
  return new SenseError(key, additional, failure.message, { ...details, segmentIsLast: true });
}
