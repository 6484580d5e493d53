import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';

import { loadAddon } from '../../src/io/addon.ts';
import { reportRungs } from '../../src/io/rung-report.ts';
import { temporaryFolder } from '../support/io-folder.ts';

const folder = temporaryFolder();

it('tells of each rung whether it is here, or why not, and leaves nothing behind', async () => {
  const reports = await reportRungs(folder());
  expect(reports.map(({ rung }) => rung)).toEqual(['reflink', 'direct', 'kernel', 'portable']);
  for (const { isAvailable, reason } of reports) expect(reason === undefined).toBe(isAvailable);
  expect(reports.find(({ rung }) => rung === 'kernel')?.isAvailable)
    .toBe(loadAddon().addon !== undefined);
  expect(readdirSync(folder())).toEqual([]);
});

it('has only the portable rung without the addon', async () => {
  const reports = await reportRungs(folder(), { addon: null });
  expect(reports.filter(({ isAvailable }) => isAvailable).map(({ rung }) => rung))
    .toEqual(['portable']);
});
