/**
 * The whole story on real files:
 *
 *   sample files ─ mkfs.ext4 ─→ disk ─ EXTENDED COPY ─→ tape ─→ catalog
 *                                 ↑                       │
 *              wiped, damaged ────┴──── EXTENDED COPY ────┘   every byte compared with a copy
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Catalog } from '../../backup/catalog/catalog.ts';
import { type BackupReport, backUp } from '../../backup/jobs/backup.ts';
import type { JobReport } from '../../backup/jobs/job.ts';
import { listFolder } from '../../backup/jobs/listing.ts';
import { restoreInPlace } from '../../backup/jobs/restore-in-place.ts';
import { restoreToFolder } from '../../backup/jobs/restore-to-folder.ts';
import { restoreVolume } from '../../backup/jobs/restore-volume.ts';
import type { Initiator } from '../../initiator/initiator.ts';
import { NodeFolderWriter } from '../../io/folder-writer.ts';
import { Client } from '../client.ts';
import { thisHost } from '../host.ts';
import { Progress } from '../progress.ts';
import { type Terminal, table } from '../terminal.ts';
import { formatDuration, formatSize } from '../units.ts';
import { UserError } from '../user-error.ts';
import { firstDifference } from './compare-files.ts';
import { overwrite, wipe } from './disk-commands.ts';
import { runProgram } from './programs.ts';
import { collectSample, largestFile } from './sample-files.ts';
import { TargetProcess } from './target-process.ts';

export interface StoryOptions {
  /** Everything is made here. */
  readonly folder: string;
  /** Bytes of sample files. */
  readonly sampleBytes: number;
  /** Further arguments of the target, such as a rung. */
  readonly targetArgs: readonly string[];
}

/** Room for the file system's own structures, its journal the largest. */
const FREE_BYTES = 160 * 1024 * 1024;
const FILE_BYTES_MAX = 16 * 1024 * 1024;
const LISTED_MAX = 6;

export class Story {
  readonly #terminal: Terminal;
  readonly #options: StoryOptions;
  readonly #host = thisHost();
  readonly #reports: (readonly [string, JobReport])[] = [];

  constructor(terminal: Terminal, options: StoryOptions) {
    this.#terminal = terminal;
    this.#options = options;
  }

  /** Throws: UserError if anything is not as it should be. */
  async tell(): Promise<void> {
    const startedMs = this.#host.clock.nowMs();
    await this.#makeDisk();
    const tape = join(this.#options.folder, 'tape');
    const target = await TargetProcess.start([
      '--disk', `disk=${this.#path('disk.img')}`, '--tape', `tape=${tape}`,
      ...this.#options.targetArgs]);
    try {
      this.#say(`A target presents it as ${target.url(0)} and a tape as ${target.url(1)}`);
      await Client.run(this.#terminal, {}, async (client) => {
        const disk = await client.open(target.url(0));
        await this.#restoreAll(client, disk, await client.open(target.url(1)));
      });
    } finally {
      await target.stop();
    }
    this.#summary(this.#host.clock.nowMs() - startedMs);
  }

  #path(name: string): string {
    return join(this.#options.folder, name);
  }

  #say(text: string): void {
    this.#terminal.out(`• ${text}`);
  }

  async #makeDisk(): Promise<void> {
    const { sampleBytes } = this.#options;
    const files = this.#path('files');
    await mkdir(files);
    const sample = await collectSample(files, sampleBytes);
    const kib = Math.ceil((sample.bytes + FREE_BYTES) * 1.05 / 1024);
    await runProgram('mkfs.ext4', ['-q', '-F', '-L', 'demo', '-d', files, this.#path('disk.img'),
      `${kib}k`], 'e2fsprogs');
    await runProgram('cp', ['--sparse=always', '--reflink=auto', this.#path('disk.img'),
      this.#path('original.img')], 'coreutils');
    this.#say(`An ext4 disk of ${formatSize(kib * 1024)} holds ${sample.files} real files, `
      + formatSize(sample.bytes));
  }

  async #restoreAll(client: Client, disk: Initiator, tape: Initiator): Promise<void> {
    const catalog = Catalog.open(this.#path('catalog.db'));
    try {
      const { set } = await this.#backUp(client, disk, tape, catalog);
      const units = { disk, tape, catalog, set, mover: 'xcopy' as const };
      this.#list(catalog, set);
      await wipe(disk);
      await this.#expectDifferent('The disk is wiped');
      await this.#job('restore the volume', client, tape,
        () => restoreVolume(client.context, units));
      await this.#expectSame('The restored disk');
      await this.#restoreOneFile(client, units);
    } finally {
      catalog.close();
    }
  }

  async #backUp(
    client: Client, source: Initiator, tape: Initiator, catalog: Catalog): Promise<BackupReport> {
    const report = await this.#job('backup', client, tape,
      () => backUp(client.context, { source, tape, catalog, mover: 'xcopy' }));
    this.#say(`EXTENDED COPY has moved ${formatSize(report.copyManagerBytes)} to tape as set `
      + `${report.set}; ${report.fileCount} names are in the catalog`);
    return report;
  }

  #list(catalog: Catalog, set: string): void {
    const files = listFolder(catalog, set, '/');
    this.#say(`ls ${set}:/`);
    for (const { name, type, inode } of files.slice(0, LISTED_MAX)) {
      this.#terminal.out(`    ${type === 'folder' ? `${name}/` : `${name}  ${inode.size} bytes`}`);
    }
  }

  async #restoreOneFile(
    client: Client, units: { disk: Initiator; tape: Initiator; catalog: Catalog; set: string;
      mover: 'xcopy' }): Promise<void> {
    const { disk, tape, catalog, set } = units;
    const path = `/${await largestFile(this.#path('files'), FILE_BYTES_MAX)}`;
    const row = catalog.findSet(set)!; // it was just made
    const inode = catalog.lookup(row.number, path);
    const first = inode && catalog.extents(row.number, inode.number)[0];
    if (first === undefined) throw new UserError(`Cannot find ${path} in the catalog`);
    await overwrite(disk, first.diskOffset, Math.min(first.byteLength, 64 * 1024));
    await this.#expectDifferent(`${path} is damaged`);
    await this.#job('restore one file', client, tape,
      () => restoreInPlace(client.context, { ...units, path }));
    await this.#expectSame('With that file restored to its place, the disk');
    const folder = this.#path('restored');
    await this.#job('restore it to a folder', client, tape, () => restoreToFolder(
      client.context, { tape, catalog, set, path, folder: new NodeFolderWriter(folder) }));
    const name = path.slice(path.lastIndexOf('/') + 1);
    await this.#compare(
      join(this.#path('files'), path), join(folder, name), `${name} in a local folder`);
  }

  async #job<R extends JobReport>(
    name: string, client: Client, tape: Initiator, work: () => Promise<R>): Promise<R> {
    const report = await client.counted(tape, work);
    this.#reports.push([name, report]);
    return report;
  }

  async #difference(one: string, other: string): Promise<number | undefined> {
    const { files, clock } = this.#host;
    const a = await files.open(one, 'read');
    const b = await files.open(other, 'read');
    const progress = new Progress(this.#terminal, clock, 'compared');
    try {
      const total = await a.size();
      return await firstDifference(a, b, (done) => progress.update(done, total));
    } finally {
      progress.finish();
      await a.close();
      await b.close();
    }
  }

  async #compare(original: string, restored: string, what: string): Promise<void> {
    const at = await this.#difference(original, restored);
    if (at !== undefined) {
      throw new UserError(`Cannot trust the restore: ${what} differs from byte ${at} on`);
    }
    this.#say(`${what} is equal to the original, byte for byte`);
  }

  #expectSame(what: string): Promise<void> {
    return this.#compare(this.#path('original.img'), this.#path('disk.img'), what);
  }

  /** The comparison must be able to fail, or it would show nothing. */
  async #expectDifferent(what: string): Promise<void> {
    const at = await this.#difference(this.#path('original.img'), this.#path('disk.img'));
    if (at === undefined) throw new UserError('Cannot go on: the disk was changed and is the same');
    this.#say(`${what}: it differs from the original from byte ${at} on`);
  }

  #summary(elapsedMs: number): void {
    const rungs = (report: JobReport): string => Object.entries(report.byRung ?? {})
      .filter(([, bytes]) => bytes > 0).map(([rung, bytes]) => `${rung} ${formatSize(bytes)}`)
      .join(', ');
    this.#terminal.out('');
    for (const line of table([
      ['job', 'data', 'by the copy manager', 'data through client', 'metadata', 'commands',
        'client CPU', 'time', 'how'],
      ...this.#reports.map(([name, report]) => [
        name, formatSize(report.dataBytes), formatSize(report.copyManagerBytes),
        formatSize(report.client.dataBytes), formatSize(report.client.metadataBytes),
        String(report.client.commands), formatDuration(report.cpu.totalMs),
        formatDuration(report.elapsedMs), rungs(report),
      ]),
    ])) this.#terminal.out(line);
    this.#terminal.out('');
    this.#terminal.out(`All of it took ${formatDuration(elapsedMs)}`);
  }
}
