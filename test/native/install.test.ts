import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

import { temporaryFolder } from '../support/io-folder.ts';

const script = fileURLToPath(new URL('../../native/install.mjs', import.meta.url));
const folder = temporaryFolder();

it('warns in one line, and does not fail, where the addon cannot be built', () => {
  mkdirSync(join(folder(), 'native'));
  cpSync(script, join(folder(), 'native/install.mjs'));
  const brokenGyp = join(folder(), 'gyp.cjs');
  writeFileSync(brokenGyp, `console.error('x.cc:1: error: no compiler'); process.exit(1)`);
  const { status, stderr } = spawnSync(
    process.execPath, [join(folder(), 'native/install.mjs')],
    { encoding: 'utf8', env: { ...process.env, npm_config_node_gyp: brokenGyp } });
  expect(status).toBe(0);
  const lines = stderr.trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('reflink, direct and kernel');
  expect(lines[0]).toContain('Reason: x.cc:1: error: no compiler');
  expect(existsSync(join(folder(), 'build'))).toBe(false);
});
