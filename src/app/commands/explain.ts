/** `serverfree explain` and `serverfree lint`: what bytes are, and what is wrong with them. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Json } from '../../codec/field.ts';
import { type ExplainOptions, explain, type Explained } from '../../explain/explain.ts';
import { FORMATS } from '../../explain/registry.ts';
import {
  findingsJson, renderFinding, renderSection, sectionJson,
} from '../../explain/render.ts';
import { findingsOf } from '../../explain/section.ts';
import { table, type Terminal } from '../terminal.ts';
import { UserError } from '../user-error.ts';

interface Options {
  readonly as?: string;
  readonly list?: true;
  readonly json?: true;
  readonly binary?: true;
}

/** Adds `explain` and `lint` to the command line. */
export function addExplain(program: Command, terminal: Terminal): void {
  input(program.command('explain'))
    .description('show what bytes are: fields, values, clauses, and what is wrong with them')
    .addHelpText('after', EXPLAIN_HELP)
    .action((file: string, options: Options) => {
      if (options.list) listFormats(options, terminal);
      else show(read(file, options), options, terminal);
    });
  input(program.command('lint'))
    .description('show only what is wrong with bytes; exit status 1 if anything is')
    .addHelpText('after', LINT_HELP)
    .action((file: string, options: Options) => {
      if (options.list) listFormats(options, terminal);
      else if (lint(read(file, options), options, terminal) > 0) process.exitCode = 1;
    });
}

const input = (command: Command): Command => command
  .argument('[file]', 'hex in any common layout, or binary; - is standard input', '-')
  .option('--as <id>', 'what the bytes are, where they do not tell')
  .option('--list', 'list the ids for --as')
  .option('--binary', 'take the file as bytes even if it could be text')
  .option('--json', 'print JSON');

const EXPLAIN_HELP = `
Hex may be plain, in C notation, a dump with offsets (xxd, hexdump -C, tshark -x), or part of log
lines. A file that is not text is taken as the bytes themselves.

  echo 83 00 00 00 00 00 00 00 00 00 00 00 00 6C 00 00 | serverfree explain`;

const LINT_HELP = `
An error is what a strict reader refuses, a warning is likely a mistake, a note is worth knowing.
The exit status is 1 if there is an error or a warning; notes do not count.`;

function read(file: string, options: Options): Explained[] {
  const chosen: ExplainOptions = {
    ...(options.as === undefined ? {} : { as: options.as }), isBinary: options.binary === true,
  };
  try {
    return explain(contentOf(file), chosen);
  } catch (error) {
    throw error instanceof RangeError ? new UserError(error.message, { cause: error }) : error;
  }
}

function contentOf(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // what node:fs throws
    const why = READ_FAULTS[code ?? ''] ?? code;
    throw new UserError(`Cannot read ${file}: ${why}`, { cause: error });
  }
}

const READ_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'permission denied',
};

function show(all: readonly Explained[], options: Options, terminal: Terminal): void {
  if (options.json) printJson(all, ({ section }) => sectionJson(section), terminal);
  for (const [i, one] of options.json ? [] : all.entries()) {
    if (i > 0) terminal.out('');
    if (all.length > 1) terminal.out(`Line ${one.line}:`);
    for (const line of renderSection(one.section)) terminal.out(line);
    if (one.others.length > 0) {
      terminal.note(`It could also be ${one.others.map(({ id }) => id).join(', ')} (--as)`);
    }
  }
}

/** Prints the findings; returns how many of them count. */
function lint(all: readonly Explained[], options: Options, terminal: Terminal): number {
  const findings = all.flatMap(({ section }) => findingsOf(section));
  if (options.json) printJson(all, ({ section }) => findingsJson(section), terminal);
  else for (const finding of findings) terminal.out(renderFinding(finding));
  return findings.filter(({ severity }) => severity !== 'note').length;
}

/** An object for one structure, an array for several. */
function printJson(
  all: readonly Explained[], json: (one: Explained) => Json, terminal: Terminal): void {
  const values = all.map(json);
  terminal.out(JSON.stringify(values.length === 1 ? values[0] : values, undefined, 2));
}

function listFormats(options: Options, terminal: Terminal): void {
  const rows = FORMATS.map(({ id, kind, title, source }) => ({ id, kind, title, source }));
  if (options.json) terminal.out(JSON.stringify(rows, undefined, 2));
  else for (const line of table(rows.map((row) => Object.values(row)))) terminal.out(line);
}
