import { describe, expect, it } from 'vitest';
import { asJson, tableLines } from '../../bench/report.ts';
import { results } from './results-fixture.ts';

describe('the table', () => {
  const lines = tableLines(results);

  it('says on what machine it was measured', () => {
    expect(lines[0]).toBe(
      'A processor, 2 cores; Linux 6.1, Node.js 20.19.0, ext4; load 0.3 before, 1.5 after');
  });

  it('has figures, ratio, goal and whether it is met, in aligned columns', () => {
    const row = lines.find((line) => line.startsWith('disk → tape'))!;
    expect(row.split(/ {2,}/)).toEqual([
      'disk → tape, direct', '950.0 MiB/s', '1000.0 MiB/s', 'R & D <copy>', '0.95', '≥ 0.90',
      'yes']);
    const goals = ['disk → tape', 'the client'].map((start) =>
      lines.find((line) => line.startsWith(start))!.search(/[≥≤]/));
    expect(goals[0]).toBe(goals[1]);
  });

  it('parts rows by an empty line', () => {
    const at = lines.findIndex((line) => line.startsWith('the client'));
    expect([lines[at - 1], lines[at + 1]]).toEqual(['', '']);
    expect(lines[at - 2]).toMatch(/^again/);
  });

  it('says once why something could not be measured', () => {
    expect(lines.slice(lines.indexOf('Not measured:'))).toEqual(
      ['Not measured:', '  tgt: it is not installed', '  plan: no memory']);
  });
});

it('gives all samples, medians, ratios and verdicts as JSON', () => {
  const { format, machine, parameters, lines } =
    JSON.parse(JSON.stringify(asJson(results))) as Record<string, unknown> & { lines: unknown[] };
  expect({ format, machine, parameters }).toEqual(
    { format: 'serverfree-bench-1', machine: results.machine, parameters: results.parameters });
  expect(lines[2]).toEqual({
    row: 'client', what: 'the client\'s CPU', unit: 'milliseconds',
    ours: { name: '--mover xcopy', samples: [3, 4], median: 3.5 },
    other: { name: '--mover host', samples: [3000, 4000], median: 3500 },
    goal: { of: 'ratio', bound: 'atMost', value: 0.01 }, ratio: 0.001, met: true,
  });
  expect(lines.at(-1)).toEqual({
    row: 'plan', what: 'plan', unit: 'milliseconds', missing: 'plan: no memory', ratio: null,
    met: null });
});
