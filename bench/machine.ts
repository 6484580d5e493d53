/** What the figures were measured on. */
import { statfsSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  readonly date: string;
  readonly processor: string;
  readonly processorCount: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  /** Of the test files. */
  readonly fileSystem: string;
  /** Load of the minute before the bench and of its last one, so that a busy machine shows. */
  readonly loadBefore: number;
  readonly loadAfter: number;
}

/** To be asked before the bench; `loadAfter` is taken when it is over. */
export function thisMachine(folder: string): Omit<Machine, 'loadAfter'> {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: processors[0]?.model.trim() ?? 'unknown processor',
    processorCount: processors.length, memoryBytes: totalmem(),
    // Without what a distribution or a host appends.
    kernel: /^[\d.]*/.exec(release())![0],
    node: process.versions.node, fileSystem: fileSystemName(statfsSync(folder).type),
    loadBefore: load(),
  };
}

/** How many wanted to run, on the average of the last minute. */
export const load = (): number => loadavg()[0]!;

/** Source: statfs(2), the table of magic numbers. */
const FILE_SYSTEMS = new Map([
  [0xef53, 'ext4'], [0x58465342, 'XFS'], [0x9123683e, 'Btrfs'], [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlayfs'], [0x2fc12fc1, 'ZFS'], [0xf2f52010, 'F2FS'], [0x6969, 'NFS'],
]);

export const fileSystemName = (type: number): string =>
  FILE_SYSTEMS.get(type) ?? `file system ${type.toString(16)}h`;
