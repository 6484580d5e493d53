/** What a process holds, as Linux tells it: memory, descriptors, threads. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface Holding {
  readonly rssBytes: number;
  /** Descriptors of connections, and all others. */
  readonly sockets: number;
  readonly files: number;
  /** Without those that the kernel itself adds for io_uring, and takes away. */
  readonly threads: number;
}

export function holdingOf(pid: number): Holding {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const descriptors = entriesOf(`/proc/${pid}/fd`, readlinkSync);
  return {
    rssBytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024, // every process has it
    sockets: descriptors.filter(isSocket).length,
    files: descriptors.filter((name) => !isSocket(name)).length,
    threads: entriesOf(`/proc/${pid}/task`, (path) => readFileSync(join(path, 'comm'), 'utf8'))
      .filter((name) => !name.startsWith('iou-')).length,
  };
}

const isSocket = (name: string): boolean => name.startsWith('socket:');

/** What is read of each entry of a folder, but for those that have gone since. */
function entriesOf(folder: string, read: (path: string) => string): string[] {
  return readdirSync(folder).flatMap((name) => {
    try {
      return [read(join(folder, name))];
    } catch {
      return [];
    }
  });
}

/** The part of a run in which a process still grows into its work. */
const WARM_UP = 0.2;
/**
 * More than this from the first quarter to the last is growth, not noise of the runtime; in the
 * first minutes its heap finds its size.
 */
const GROWTH_BYTES_MAX = 32 * 1024 * 1024;
const EARLY_GROWTH_BYTES_MAX = 96 * 1024 * 1024;
const EARLY_SAMPLES = 300;

export interface WatchReport {
  /** How much memory may have grown in a time as long as this. */
  readonly growthBytesMax: number;
  readonly firstQuarterBytes: number;
  readonly lastQuarterBytes: number;
  readonly maxBytes: number;
  readonly sockets: readonly [number, number];
  readonly files: readonly [number, number];
  readonly threads: readonly [number, number];
}

/** Samples of a process, one a second. */
export class ProcessWatch {
  readonly #pid: number;
  readonly #samples: Holding[] = [];

  constructor(pid: number) {
    this.#pid = pid;
  }

  sample(): Holding {
    const holding = holdingOf(this.#pid);
    this.#samples.push(holding);
    return holding;
  }

  get report(): WatchReport {
    const warm = this.#samples.slice(Math.floor(this.#samples.length * WARM_UP));
    const quarter = Math.ceil(warm.length / 4);
    const range = (key: keyof Holding): [number, number] => {
      const values = warm.map((one) => one[key]);
      return [Math.min(...values), Math.max(...values)];
    };
    return {
      growthBytesMax:
        this.#samples.length < EARLY_SAMPLES ? EARLY_GROWTH_BYTES_MAX : GROWTH_BYTES_MAX,
      firstQuarterBytes: median(warm.slice(0, quarter)),
      lastQuarterBytes: median(warm.slice(-quarter)),
      maxBytes: range('rssBytes')[1], sockets: range('sockets'), files: range('files'),
      threads: range('threads'),
    };
  }
}

const median = (samples: readonly Holding[]): number =>
  samples.map(({ rssBytes }) => rssBytes).sort((a, b) => a - b)[samples.length >> 1] ?? 0;

/** What may be there at one time. */
export interface HoldingMax {
  readonly sockets: number;
  readonly files: number;
}

/** What is wrong with what was seen. */
export function faultsOf(
  { growthBytesMax, firstQuarterBytes, lastQuarterBytes, sockets, files, threads }: WatchReport,
  max: HoldingMax): string[] {
  const faults: string[] = [];
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
  if (lastQuarterBytes > firstQuarterBytes + growthBytesMax) {
    faults.push(`memory grew from ${mebibytes(firstQuarterBytes)} to ${
      mebibytes(lastQuarterBytes)}`);
  }
  if (sockets[1] > max.sockets) faults.push(`there were ${sockets[1]} sockets`);
  if (files[1] > max.files) faults.push(`there were ${files[1]} descriptors of files`);
  if (threads[0] !== threads[1]) faults.push(`there were ${threads[0]} to ${threads[1]} threads`);
  return faults;
}
