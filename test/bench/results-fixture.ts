import type { Line } from '../../bench/line.ts';
import type { Results } from '../../bench/report.ts';
import { QUICK } from '../../bench/sizes.ts';

const MIB = 1024 ** 2;

const copy: Line = {
  row: 'copy', what: 'disk → tape, direct', unit: 'bytesPerSecond',
  ours: { name: 'direct', samples: [900 * MIB, 1000 * MIB] },
  other: { name: 'R & D <copy>', samples: [1000 * MIB, 1000 * MIB] },
  goal: { of: 'ratio', bound: 'atLeast', value: 0.9 },
};

/** Figures of a run that could not measure all. */
export const results: Results = {
  machine: {
    date: '2026-01-02', processor: 'A processor', processorCount: 2, memoryBytes: 4096 * MIB,
    kernel: '6.1', node: '20.19.0', fileSystem: 'ext4', loadBefore: 0.25,
    loadAfter: 1.5,
  },
  parameters: { pairs: 2, ...QUICK },
  lines: [
    copy,
    { ...copy, what: 'again', other: { name: 'cp', samples: [500 * MIB, 400 * MIB] } },
    {
      row: 'client', what: 'the client\'s CPU', unit: 'milliseconds',
      ours: { name: '--mover xcopy', samples: [3, 4] },
      other: { name: '--mover host', samples: [3000, 4000] },
      goal: { of: 'ratio', bound: 'atMost', value: 0.01 },
    },
    {
      row: 'served', what: '4 KiB reads, 32 deep', unit: 'perSecond',
      ours: { name: 'serverfree', samples: [90_000] }, missing: 'tgt: it is not installed',
    },
    {
      row: 'served', what: '4 KiB writes, 32 deep', unit: 'perSecond',
      ours: { name: 'serverfree', samples: [30_000] }, missing: 'tgt: it is not installed',
    },
    {
      row: 'served', what: '256 KiB reads, 16 deep', unit: 'bytesPerSecond',
      ours: { name: 'serverfree', samples: [900 * MIB] },
      other: { name: 'tgt', samples: [600 * MIB] },
    },
    { row: 'plan', what: 'plan', unit: 'milliseconds', missing: 'plan: no memory' },
  ],
};
