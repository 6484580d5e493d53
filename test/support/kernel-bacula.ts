/** What the tests with Bacula share: its configurations in the guest, the devices of the target. */
import type { Suite } from './kernel-suite.ts';

const CONFIGURATIONS = ['bacula-sd', 'bacula-fd', 'bacula-dir', 'bconsole'];

/** Scripts behind a login to a changer with cartridges of some capacity, such as `24M`. */
export const baculaSuite = (
  title: string, scripts: readonly string[], capacity: string): Suite => ({
  title,
  scripts: ['bacula-devices', ...scripts, 'logout'],
  files: Object.fromEntries(CONFIGURATIONS
    .map((name) => [`etc/bacula/${name}.conf`, `bacula/${name}.conf`])),
  flags: (file) => [
    '--changer', `changer=${file('magazine')},slots=6,ie=0,cartridges=6,capacity=${capacity}`,
    '--tape', `single=${file('tape')},capacity=256M`,
  ],
});
