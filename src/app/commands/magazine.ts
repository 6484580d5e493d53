/** `serverfree magazine`: makes magazines, shows what is in them, and moves it by hand. */
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { type ElementName, elementNamed, elementsOf } from '../../media/magazine-elements.ts';
import { Magazine } from '../../media/magazine.ts';
import { openMagazine } from '../../target/media.ts';
import { type Host, thisHost } from '../host.ts';
import { type Terminal, table } from '../terminal.ts';
import { parseChangerSpec } from '../unit-specs.ts';
import { UsageError, UserError } from '../user-error.ts';

interface NewOptions {
  readonly drives: string;
  readonly slots: string;
  readonly ie: string;
  readonly cartridges: string;
  readonly capacity: string;
}

interface OutputOptions {
  readonly json?: boolean;
}

export function addMagazine(program: Command, terminal: Terminal): void {
  const magazine = program.command('magazine')
    .description('make and show magazines of tape cartridges (folders on this host)');
  magazine.command('new <dir>')
    .description('make a magazine with blank cartridges; cartridges in the folder come into it')
    .option('--drives <count>', 'tape drives', '2')
    .option('--slots <count>', 'storage elements', '20')
    .option('--ie <count>', 'import/export elements', '0')
    .option('--cartridges <count>', 'blank cartridges', '0')
    .option('--capacity <size>', 'payload bytes that each of them holds', '100G')
    .action((dir: string, options: NewOptions) => makeNew(thisHost(), terminal, dir, options));
  magazine.command('show <dir>')
    .description('where its cartridges are')
    .option('--json', 'for machines')
    .action((dir: string, options: OutputOptions) => show(thisHost(), terminal, dir, options));
  magazine.command('move <dir> <from> <to>')
    .description('move a cartridge between elements: slot1, mail1, drive0')
    .action((dir: string, from: string, to: string) => move(thisHost(), terminal, dir, from, to));
}

async function makeNew(
  { files, random }: Host, terminal: Terminal, dir: string, options: NewOptions): Promise<void> {
  const name = basename(resolve(dir)).replaceAll(/[^\w.-]/g, '').slice(0, 64) || 'magazine';
  const counts = (['drives', 'slots', 'ie', 'cartridges', 'capacity'] as const)
    .map((key) => `${key}=${options[key]}`);
  const config = { ...parseChangerSpec(`${name}=.,${counts.join()}`), path: dir };
  if (await files.exists(resolve(dir, 'magazine.json'))) {
    throw new UserError(`Cannot make a magazine in ${dir}: there is one already`);
  }
  const magazine = await openMagazine({ files, random }, config);
  await magazine.close();
  terminal.out(`Made magazine ${dir}: ${magazine.layout.slots} slots, ${magazine.contents.size} `
    + 'cartridges');
}

/** Works on an open magazine, which no target has. */
async function withMagazine(
  { files, random }: Host, dir: string, work: (magazine: Magazine) => Promise<void> | void,
): Promise<void> {
  const magazine = await Magazine.open(files, random, dir);
  try {
    await work(magazine);
  } finally {
    await magazine.close();
  }
}

const show = (
  host: Host, terminal: Terminal, dir: string, { json }: OutputOptions): Promise<void> =>
  withMagazine(host, dir, (magazine) => {
    if (json) terminal.out(JSON.stringify(asJson(magazine)));
    else for (const line of asText(magazine)) terminal.out(line);
  });

/** The full elements in order: slots, mail slots, drives. */
const held = ({ layout, contents }: Magazine) =>
  (['slot', 'mail', 'drive'] as const).flatMap((kind) => elementsOf(layout, kind))
    .flatMap((element) => {
      const cartridge = contents.get(element);
      return cartridge === undefined ? [] : [{ element, ...cartridge }];
    });

const asJson = (magazine: Magazine): unknown => ({
  serialNumber: magazine.identity.serialNumber, ...magazine.layout,
  cartridges: held(magazine).map(({ element, barcode, folder, source }) =>
    ({ element, barcode, folder, source: source ?? null })),
});

const asText = (magazine: Magazine): string[] => {
  const { slots, mailSlots, drives } = magazine.layout;
  return [
    `${slots} slots, ${mailSlots} mail slots, ${drives} drives`,
    ...table(held(magazine).map(({ element, barcode, folder, source }) =>
      [element, barcode || '(unreadable)', folder, source === undefined ? '' : `from ${source}`])),
  ];
};

const move = (
  host: Host, terminal: Terminal, dir: string, from: string, to: string): Promise<void> =>
  withMagazine(host, dir, async (magazine) => {
    const source = named(magazine, from);
    const destination = named(magazine, to);
    if (!magazine.contents.has(source)) {
      throw new UserError(`Cannot move a cartridge from ${from}: it is empty`);
    }
    if (magazine.contents.has(destination)) {
      throw new UserError(`Cannot move a cartridge to ${to}: it is full`);
    }
    await magazine.move([{ from: source, to: destination }]);
    terminal.out(`Moved ${magazine.contents.get(destination)!.barcode} from ${from} to ${to}`);
  });

function named({ layout }: Magazine, text: string): ElementName {
  const element = elementNamed(layout, text);
  if (element !== undefined) return element;
  throw new UsageError(`Cannot use element '${text}': write slot1 to slot${layout.slots}, `
    + `${layout.mailSlots > 0 ? `mail1 to mail${layout.mailSlots}, ` : ''}`
    + `drive0 to drive${layout.drives - 1}`);
}
