/** The backup client's commands: backup, ls, restore, verify, catalog. */
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { Catalog } from '../../backup/catalog/catalog.ts';
import { backUp } from '../../backup/jobs/backup.ts';
import type { JobReport } from '../../backup/jobs/job.ts';
import { listFolder, showCatalog } from '../../backup/jobs/listing.ts';
import { rebuildCatalog } from '../../backup/jobs/rebuild.ts';
import { restoreInPlace } from '../../backup/jobs/restore-in-place.ts';
import { restoreToFolder } from '../../backup/jobs/restore-to-folder.ts';
import { restoreVolume } from '../../backup/jobs/restore-volume.ts';
import { verify } from '../../backup/jobs/verify.ts';
import { NodeFolderWriter } from '../../io/folder-writer.ts';
import { Client, type MoverChoice } from '../client.ts';
import { thisHost } from '../host.ts';
import { reportLines } from '../job-report.ts';
import {
  mutualSecretOption, mutualUserOption, secretOption, type SecretOptions,
} from '../secret-options.ts';
import { type Terminal, table } from '../terminal.ts';
import { formatSize } from '../units.ts';
import { UsageError, UserError } from '../user-error.ts';

interface CatalogOption {
  readonly catalog: string;
  readonly json?: boolean;
}

interface JobOptions extends CatalogOption, SecretOptions {
  readonly tape: string;
}

interface BackupOptions extends JobOptions {
  readonly source: string;
  readonly mover: MoverChoice;
  readonly label?: string;
}

interface RestoreOptions extends JobOptions {
  readonly toDisk?: string;
  readonly toFolder?: string;
  readonly mover: MoverChoice;
}

interface VerifyOptions extends JobOptions {
  readonly source?: string;
}

const defaultCatalog = (): string => join(
  process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'serverfree', 'catalog.db');

const catalogOption = (): Option => new Option('--catalog <file>', 'the catalog')
  .default(defaultCatalog(), '~/.local/share/serverfree/catalog.db');
const moverOption = (): Option => new Option('--mover <name>',
  'who moves the data: the copy manager, or this client in the ordinary way')
  .choices(['xcopy', 'host']).default('xcopy');
const tapeOption = (): Option => new Option('--tape <url>',
  'iscsi://[user@]host[:port]/iqn/lun of the drive').makeOptionMandatory();
const jsonOption = (): Option => new Option('--json', 'for machines');

export function addBackup(program: Command, terminal: Terminal): void {
  program.command('backup')
    .description('back up a disk to a tape; prints the set\'s id')
    .requiredOption('--source <url>', 'iscsi://[user@]host[:port]/iqn/lun of the disk')
    .addOption(tapeOption()).addOption(catalogOption()).addOption(moverOption())
    .option('--label <name>', 'a name for the set')
    .addOption(secretOption()).addOption(mutualUserOption()).addOption(mutualSecretOption())
    .addOption(jsonOption())
    .action((options: BackupOptions) => runBackup(terminal, options));
  program.command('ls [set]')
    .description('sets of the catalog; with SET or SET:PATH, the files of a set')
    .addOption(catalogOption()).addOption(jsonOption())
    .action((set: string | undefined, options: CatalogOption) => list(terminal, set, options));
  program.command('restore <set>')
    .description('restore SET (the whole volume) or SET:PATH (a file or a folder)')
    .addOption(tapeOption()).addOption(catalogOption())
    .option('--to-disk <url>', 'to a disk, without data passing through this client; a PATH goes '
      + 'to its own place, and the file system must not be mounted')
    .option('--to-folder <dir>', 'into a folder of this host; the data passes through this client')
    .addOption(moverOption())
    .addOption(secretOption()).addOption(mutualUserOption()).addOption(mutualSecretOption())
    .addOption(jsonOption())
    .action((set: string, options: RestoreOptions) => runRestore(terminal, set, options));
  program.command('verify <set>')
    .description('read a set\'s labels and maps from the tape, compare them with the catalog; '
      + 'with --source compare every block; exit status 1 if anything differs')
    .addOption(tapeOption()).addOption(catalogOption())
    .option('--source <url>', 'the disk, unchanged since the backup')
    .addOption(secretOption()).addOption(mutualUserOption()).addOption(mutualSecretOption())
    .addOption(jsonOption())
    .action((set: string, options: VerifyOptions) => runVerify(terminal, set, options));
  addCatalog(program, terminal);
}

function addCatalog(program: Command, terminal: Terminal): void {
  const catalog = program.command('catalog').description('the catalog itself');
  catalog.command('rebuild').description('take the sets of a tape into the catalog')
    .addOption(tapeOption()).addOption(catalogOption())
    .addOption(secretOption()).addOption(mutualUserOption()).addOption(mutualSecretOption())
    .addOption(jsonOption())
    .action((options: JobOptions) => runRebuild(terminal, options));
  catalog.command('show').description('volumes and their sets')
    .addOption(catalogOption()).addOption(jsonOption())
    .action((options: CatalogOption) => show(terminal, options));
}

/** `SET`, `SET:PATH`. */
function splitSet(text: string): { readonly set: string; readonly path: string | undefined } {
  const colon = text.indexOf(':');
  if (colon < 0) return { set: text, path: undefined };
  return { set: text.slice(0, colon), path: text.slice(colon + 1) || '/' };
}

async function withCatalog<T>(
  { catalog: path }: CatalogOption, work: (catalog: Catalog) => Promise<T> | T): Promise<T> {
  await thisHost().files.makeFolder(dirname(path));
  const catalog = Catalog.open(path);
  try {
    return await work(catalog);
  } finally {
    catalog.close();
  }
}

function printReport(
  terminal: Terminal, headline: string, report: JobReport, options: CatalogOption): void {
  if (options.json) terminal.out(JSON.stringify(report));
  else for (const line of [headline, ...reportLines(report)]) terminal.out(line);
}

const runBackup = (terminal: Terminal, options: BackupOptions): Promise<void> =>
  Client.run(terminal, options, (client) => withCatalog(options, async (catalog) => {
    const [source, tape] = [await client.open(options.source), await client.open(options.tape)];
    const report = await client.counted(tape, () => backUp(client.context, {
      source, tape, catalog, mover: options.mover,
      ...(options.label === undefined ? {} : { label: options.label }),
    }));
    printReport(terminal,
      `set ${report.set} (${report.label}): ${report.fileCount} names`, report, options);
  }));

const runRestore = (terminal: Terminal, name: string, options: RestoreOptions): Promise<void> => {
  const { toDisk, toFolder, mover } = options;
  if ((toDisk === undefined) === (toFolder === undefined)) {
    throw new UsageError('Cannot restore: give either --to-disk URL or --to-folder DIR');
  }
  const { set, path } = splitSet(name);
  return Client.run(terminal, options, (client) => withCatalog(options, async (catalog) => {
    const tape = await client.open(options.tape);
    const disk = toDisk === undefined ? undefined : await client.open(toDisk);
    const report = await client.counted(tape, async (): Promise<JobReport> => {
      if (disk === undefined) {
        const folder = new NodeFolderWriter(toFolder!); // one of the two is given
        return restoreToFolder(client.context,
          { tape, catalog, set, folder, ...(path === undefined ? {} : { path }) });
      }
      return path === undefined
        ? restoreVolume(client.context, { disk, tape, catalog, set, mover })
        : restoreInPlace(client.context, { disk, tape, catalog, set, path, mover });
    });
    printReport(terminal, `restored ${name}`, report, options);
  }));
};

const runVerify = (terminal: Terminal, name: string, options: VerifyOptions): Promise<void> =>
  Client.run(terminal, options, (client) => withCatalog(options, async (catalog) => {
    const tape = await client.open(options.tape);
    const source = options.source === undefined ? undefined : await client.open(options.source);
    const report = await verify(client.context,
      { tape, catalog, set: name, ...(source === undefined ? {} : { source }) });
    printReport(terminal, `verified ${name}`, report, options);
    for (const problem of report.problems) terminal.note(`problem: ${problem}`);
    for (const { offset, byteLength } of report.differences) {
      terminal.note(`differs: ${byteLength} bytes of the disk from byte ${offset}`);
    }
    if (report.problems.length + report.differentBytes > 0) {
      throw new UserError(`Cannot trust set ${name}: ${report.problems.length} problems on the `
        + `tape, ${report.differentBytes} bytes differ from the disk`);
    }
  }));

const runRebuild = (terminal: Terminal, options: JobOptions): Promise<void> =>
  Client.run(terminal, options, (client) => withCatalog(options, async (catalog) => {
    const tape = await client.open(options.tape);
    const report = await rebuildCatalog(client.context, { tape, catalog });
    printReport(terminal, `volume ${report.volume}`, report, options);
    if (options.json) return;
    for (const { id, label, outcome, problem } of report.sets) {
      terminal.out(`  set ${id} (${label}): ${outcome}${problem ? `: ${problem}` : ''}`);
    }
  }));

const list = (
  terminal: Terminal, name: string | undefined, options: CatalogOption): Promise<void> =>
  withCatalog(options, (catalog) => {
    if (name === undefined) {
      show(terminal, options, catalog);
      return;
    }
    const { set, path } = splitSet(name);
    const files = listFolder(catalog, set, path ?? '/');
    if (options.json) {
      terminal.out(JSON.stringify(files, (_key, value: unknown) =>
        (typeof value === 'bigint' ? String(value) : value)));
      return;
    }
    const rows = files.map(({ name: file, type, inode }) => [
      type === 'folder' ? `${file}/` : file, type, formatSize(inode.size),
      inode.mode.toString(8).padStart(6, '0'), timeText(Number(inode.mtimeNs / 1_000_000n)),
    ]);
    for (const line of table(rows)) terminal.out(line);
  });

/** `2026-11-22T16:45:02`, in UTC. */
const timeText = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

async function show(
  terminal: Terminal, options: CatalogOption, opened?: Catalog): Promise<void> {
  const print = (catalog: Catalog): void => {
    const volumes = showCatalog(catalog);
    if (options.json) terminal.out(JSON.stringify(volumes));
    else if (volumes.length === 0) terminal.out(`The catalog ${options.catalog} is empty`);
    else for (const line of volumes.flatMap(volumeLines)) terminal.out(line);
  };
  if (opened === undefined) await withCatalog(options, print);
  else print(opened);
}

const volumeLines = (volume: ReturnType<typeof showCatalog>[number]): string[] => [
  `volume ${volume.name}${volume.barcode === undefined ? '' : `, barcode ${volume.barcode}`}`,
  ...table(volume.sets.map(({ id, label, state, reason, header, trailer }) => [
    `  ${id}`, label, timeText(header.startedMs), state,
    trailer === undefined ? reason ?? '' : formatSize(trailer.dataBytes),
  ])),
];
