/** Runs libiscsi's test suite and reads what it says. */
import { run } from './e2e-program.ts';

export interface SuiteTest {
  /** `Suite.Test`. */
  readonly name: string;
  readonly verdict: 'passed' | 'failed' | 'skipped';
  /** All that was printed during the test. */
  readonly text: string;
}

export interface SuiteOptions {
  /** By another path, which the tests of several paths need. */
  readonly secondUrl?: string;
  /** Lets the tests of SANITIZE run, one of which takes a minute. */
  readonly sanitizes?: boolean;
}

/**
 * Runs one family or suite, such as `iSCSI` or `SCSI.Read10`.
 *
 * Throws: Error if the tool did not run to its end, or counts other tests than were found.
 */
export async function suiteTests(
  url: string, family: string, { secondUrl, sanitizes = false }: SuiteOptions = {},
): Promise<SuiteTest[]> {
  const { out, errors } = await run('iscsi-test-cu', [
    '-d', '-V', ...(sanitizes ? ['-S'] : []), '-t', family, url,
    ...(secondUrl === undefined ? [] : [secondUrl])]);
  const tests = readTests(out);
  const counted = /^\s+tests\s+\d+\s+(\d+)/m.exec(out)?.[1];
  if (tests.length === 0 || Number(counted) !== tests.length) {
    throw new Error(`iscsi-test-cu ran ${counted} tests, ${tests.length} found: ${out}${errors}`);
  }
  return tests;
}

/** Tests by their heads; a suite's clean-up may follow the verdict on its line. */
function readTests(text: string): SuiteTest[] {
  const tests: SuiteTest[] = [];
  for (const part of text.split(/^(?=Suite: )/m).filter((one) => one.startsWith('Suite: '))) {
    const suite = /^Suite: (\S+)/.exec(part)![1]!;
    for (const section of part.split(/^(?= {2}Test: )/m).slice(1)) {
      const name = /^ {2}Test: (\S+)/.exec(section)![1]!;
      const found = /(?:^|\.\.\.)(passed|FAILED)/m.exec(section);
      const before = section.slice(0, found?.index);
      tests.push({
        name: `${suite}.${name}`, text: section,
        // What was skipped is said to have passed.
        verdict: found?.[1] !== 'passed' ? 'failed'
          : /\[SKIPPED\]/.test(before) ? 'skipped' : 'passed',
      });
    }
  }
  return tests;
}
