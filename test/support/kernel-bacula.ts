/** What the tests with Bacula share: its configurations in the guest, the devices of the target. */
import type { Suite } from './kernel-suite.ts';

const CONFIGURATIONS = ['bacula-sd', 'bacula-fd', 'bacula-dir', 'bconsole'];

/** A script behind a login to a tape and a changer, whose cartridges are soon filled. */
export const baculaSuite = (title: string, script: string): Suite => ({
  title,
  scripts: ['bacula-devices', script, 'logout'],
  files: Object.fromEntries(CONFIGURATIONS
    .map((name) => [`etc/bacula/${name}.conf`, `bacula/${name}.conf`])),
  flags: (file) => [
    '--changer', `changer=${file('magazine')},slots=6,ie=0,cartridges=6,capacity=24M`,
    '--tape', `single=${file('tape')},capacity=256M`,
  ],
});
