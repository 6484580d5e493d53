/**
 * What libiscsi's suite says of each kind of disk, as a file keeps it: every test passes on every
 * kind but for the exceptions, each of which has a reason.
 */
import { readFileSync } from 'node:fs';
import type { SuiteTest } from './e2e-libiscsi.ts';

export type Verdict = SuiteTest['verdict'];

export interface Exception {
  readonly kinds: readonly string[];
  readonly tests: readonly string[];
  readonly verdict: Exclude<Verdict, 'passed'>;
  readonly why: string;
}

export interface Baseline {
  readonly tool: string;
  readonly kinds: readonly string[];
  /** Names of all tests. */
  readonly tests: readonly string[];
  readonly exceptions: readonly Exception[];
}

const PATH = new URL('../interop/libiscsi-baseline.json', import.meta.url);

export const readBaseline = (): Baseline => JSON.parse(readFileSync(PATH, 'utf8'));

/** Verdicts of all tests on a kind of disk, by name. */
export const expectedOf = ({ tests, exceptions }: Baseline, kind: string): Map<string, Verdict> =>
  new Map(tests.map((test) => [test, exceptions.find((one) =>
    one.kinds.includes(kind) && one.tests.includes(test))?.verdict ?? 'passed']));

const RANK = { failed: 0, skipped: 1, passed: 2 } as const satisfies Record<Verdict, number>;

/** Tests that fell back, and those that got better, as `name: expected → found`. */
export function compare(
  expected: ReadonlyMap<string, Verdict>, found: readonly SuiteTest[],
): { readonly worse: string[]; readonly better: string[] } {
  const verdicts = new Map(found.map(({ name, verdict }) => [name, verdict]));
  const changes = [...expected].map(([name, before]) => {
    const now = verdicts.get(name);
    const step = now === undefined ? -1 : RANK[now] - RANK[before];
    return { step, text: `${name}: ${before} → ${now ?? 'did not run'}` };
  });
  return {
    worse: changes.filter(({ step }) => step < 0).map(({ text }) => text),
    better: changes.filter(({ step }) => step > 0).map(({ text }) => text),
  };
}
