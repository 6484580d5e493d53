import { execFileSync } from 'node:child_process';
import { renameSync, truncateSync, writeFileSync } from 'node:fs';
import { kernelSuite } from '../../support/kernel-suite.ts';
import { PROGRAM } from '../../support/target-process.ts';

const MIB = 1024 * 1024;

/** A cartridge made beside a magazine, or in it. */
const makeCartridge = (folder: string, barcode: string, ...flags: readonly string[]): void => {
  execFileSync(process.execPath, [
    PROGRAM, 'cartridge', 'new', folder, '--capacity', '64M', '--barcode', barcode, ...flags]);
};

kernelSuite({
  title: 'a Linux kernel with a changer, disks of other kinds and a tape that is written once',
  scripts: ['changer', 'kinds', 'worm', 'logout'],
  flags(file) {
    writeFileSync(file('fixed.img'), 'a disk that nobody writes');
    truncateSync(file('fixed.img'), 64 * MIB);
    makeCartridge(file('worm'), 'WRM001LY', '--worm');
    return [
      '--changer', `changer=${file('magazine')},drives=2,slots=8,ie=1,cartridges=4,capacity=64M`,
      '--disk', `large=${file('large.img')},size=384M,block=4096`,
      '--disk', `emulated=${file('emulated.img')},size=64M,block=512e`,
      '--disk', `fixed=${file('fixed.img')},readonly`,
      '--tape', `worm=${file('worm')}`,
    ];
  },
  people: {
    'put a cartridge into the folder': (file) => makeCartridge(file('magazine/new'), 'NEW001L8'),
    'take that cartridge out': (file) => renameSync(file('magazine/new'), file('taken')),
    'make the disk longer': (file) => truncateSync(file('large.img'), 512 * MIB),
  },
});
