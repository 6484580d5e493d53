/**
 * The whole of libiscsi's suite against every kind of disk, held against a baseline.
 *
 * Two targets for each kind: one for the tests of SANITIZE, of which one sleeps for a minute, the
 * other for all else. Those of SANITIZE get one URL, the rest two: with a second path the suite's
 * Sanitize.Reservations leaves a reservation to it, which Sanitize.Reset then meets.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SuiteTest, suiteTests } from '../support/e2e-libiscsi.ts';
import { compare, expectedOf, readBaseline } from '../support/libiscsi-baseline.ts';
import { requires } from '../support/requires.ts';
import { TargetProcess } from '../support/target-process.ts';

const MINUTE_MS = 60_000;

const baseline = readBaseline();
const suite = requires('iscsi-test-cu');

const OPTIONS: Readonly<Record<string, string>> = {
  '512': 'block=512', '512e': 'block=512e', '4096': 'block=4096', removable: 'removable',
  readonly: 'readonly',
};

// All kinds run side by side, and so share neither a folder that each test clears nor a target.
let folder: string;
const targets: TargetProcess[] = [];

/** The URL of a target of its own, whose only disk is of the given kind. */
async function diskUrl(kind: string, use: string): Promise<string> {
  const spec = `${use}=${join(folder, `${kind}-${use}.img`)}`;
  const start = async (options: string): Promise<TargetProcess> => {
    const target = await TargetProcess.start({ flags: ['--disk', `${spec},${options}`] });
    targets.push(target);
    return target;
  };
  if (kind === 'readonly') await (await start('size=128M')).stop();
  return (await start(`${kind === 'readonly' ? '' : 'size=128M,'}${OPTIONS[kind]!}`)).url(0);
}

const isOfSanitize = ({ name }: SuiteTest): boolean => name.startsWith('Sanitize.');

async function allTests(kind: string): Promise<{ first: SuiteTest[]; second: SuiteTest[] }> {
  const [url, sanitized] = [await diskUrl(kind, 'all'), await diskUrl(kind, 'sanitized')];
  const others = async (): Promise<SuiteTest[]> =>
    (await suiteTests(url, 'ALL', { secondUrl: url })).filter((one) => !isOfSanitize(one));
  // The same again without a restart, where that costs least.
  const twice = async (): Promise<[SuiteTest[], SuiteTest[]]> => {
    const once = await others();
    return [once, kind === '512' ? await others() : once];
  };
  // The tests of SANITIZE wait more than they work: the rest runs beside them.
  const [sanitizing, [rest, again]] = await Promise.all([
    suiteTests(sanitized, 'SCSI.Sanitize', { sanitizes: true }), twice()]);
  return { first: [...rest, ...sanitizing], second: [...again, ...sanitizing] };
}

describe('the baseline of libiscsi\'s suite', () => {
  const verdictsOn = (kind: string) => [...expectedOf(baseline, kind).values()];

  it('has no failure, and at most 18 skips, on an ordinary disk', () => {
    const verdicts = verdictsOn('512');
    expect(verdicts).toHaveLength(230);
    expect(verdicts.filter((one) => one === 'failed')).toEqual([]);
    expect(verdicts.filter((one) => one === 'skipped').length).toBeLessThanOrEqual(18);
  });

  it('passes each test on one kind of disk at least', () => {
    const passed = new Set(baseline.kinds.flatMap((kind) =>
      [...expectedOf(baseline, kind)].filter(([, one]) => one === 'passed').map(([name]) => name)));
    expect(baseline.tests.filter((name) => !passed.has(name))).toEqual([]);
  });

  it('gives a reason for each exception, and names only tests and kinds that there are', () => {
    for (const { kinds, tests, why } of baseline.exceptions) {
      expect(why.length).toBeGreaterThan(20);
      expect(kinds.filter((kind) => !baseline.kinds.includes(kind))).toEqual([]);
      expect(tests.filter((name) => !baseline.tests.includes(name))).toEqual([]);
    }
  });
});

describe.skipIf(suite.isMissing)(`the whole suite of libiscsi${suite.why}`, () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'serverfree-libiscsi-'));
  });

  afterAll(async () => {
    for (const target of targets) await target.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it.concurrent.each([...baseline.kinds])('is as the baseline says on a disk of kind %s',
    async (kind) => {
      const expected = expectedOf(baseline, kind);
      const { first, second } = await allTests(kind);
      for (const found of [first, second]) {
        const { worse, better } = compare(expected, found);
        expect(worse).toEqual([]);
        if (better.length > 0) {
          process.stdout.write(`Better than the baseline on ${kind}: ${better.join(', ')}\n`);
        }
      }
    }, 20 * MINUTE_MS);
});
