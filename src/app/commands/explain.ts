/** `serverfree explain` and `serverfree lint`: what bytes are, and what is wrong with them. */
import { type Command, Option } from 'commander';
import type { Json } from '../../codec/field.ts';
import { explainCapture, isCapture } from '../../explain/capture/capture.ts';
import {
  captureFindings, captureFindingsJson, captureJson, renderCapture, renderCaptureFinding,
} from '../../explain/capture/render.ts';
import type { CaptureReport } from '../../explain/capture/report.ts';
import {
  type ExplainOptions, explain, type Explained, explainedJson,
} from '../../explain/explain.ts';
import { FORMATS } from '../../explain/registry.ts';
import { findingsJson, renderFinding, renderSection } from '../../explain/render.ts';
import { findingsOf } from '../../explain/section.ts';
import { levelName, SPC_LEVELS, type SpcLevel } from '../../wire/copy/levels.ts';
import { table, type Terminal } from '../terminal.ts';
import { contentOf, onInput } from './input-file.ts';

interface Options {
  readonly as?: string;
  readonly list?: true;
  readonly json?: true;
  readonly binary?: true;
  readonly level?: string;
}

/** Adds `explain` and `lint` to the command line. */
export function addExplain(program: Command, terminal: Terminal): void {
  input(program.command('explain'))
    .description('show what bytes are: fields, values, clauses, and what is wrong with them')
    .addHelpText('after', EXPLAIN_HELP)
    .action((file: string, options: Options) => {
      if (options.list) listFormats(options, terminal);
      else explainFile(file, options, terminal);
    });
  input(program.command('lint'))
    .description('show only what is wrong with bytes; exit status 1 if anything is')
    .addHelpText('after', LINT_HELP)
    .action((file: string, options: Options) => {
      if (options.list) listFormats(options, terminal);
      else if (lintFile(file, options, terminal) > 0) process.exitCode = 1;
    });
}

const input = (command: Command): Command => command
  .argument('[file]', 'hex in any layout, binary, JSON or a capture; - is standard input', '-')
  .option('--as <id>', 'what the bytes are, where they do not tell')
  .option('--list', 'list the ids for --as')
  .option('--binary', 'take the file as bytes even if it could be text')
  .addOption(new Option('--level <version>',
    'read as this version of the standard has it; without it, the newest that fits')
    .choices(SPC_LEVELS.map((level) => levelName(level).toLowerCase())))
  .option('--json', 'print JSON');

const EXPLAIN_HELP = `
Hex may be plain, in C or Python notation, a dump with offsets (xxd, hexdump -C, tshark -x, sg_raw,
Format-Hex), or part of log lines. A file that is not text is taken as the bytes themselves. JSON as
encode takes it is encoded first. Of a capture (pcap or pcapng) with iSCSI traffic on any port,
every third-party copy command is shown, with its parameter data, answer and sense data.

  echo 83 00 00 00 00 00 00 00 00 00 00 00 00 6C 00 00 | serverfree explain`;

const LINT_HELP = `
An error is what a strict reader refuses, a warning is likely a mistake, a note is worth knowing.
The exit status is 1 if there is an error or a warning; notes do not count.`;

function read(content: Uint8Array, options: Options): Explained[] {
  const chosen: ExplainOptions = {
    ...(options.as === undefined ? {} : { as: options.as }), isBinary: options.binary === true,
    ...levelOf(options),
  };
  return onInput(() => explain(content, chosen));
}

function levelOf(options: Options): { readonly level?: SpcLevel } {
  const level = SPC_LEVELS.find((one) => levelName(one).toLowerCase() === options.level);
  return level === undefined ? {} : { level };
}

/** The report if the file is a capture, and nobody says that it is something else. */
function captureIn(content: Uint8Array, options: Options): CaptureReport | undefined {
  if (options.as !== undefined || options.binary || !isCapture(content)) return undefined;
  return onInput(() => explainCapture(content, levelOf(options)));
}

function explainFile(file: string, options: Options, terminal: Terminal): void {
  const content = contentOf(file);
  const capture = captureIn(content, options);
  if (capture === undefined) show(read(content, options), options, terminal);
  else if (options.json) terminal.out(JSON.stringify(captureJson(capture), undefined, 2));
  else for (const line of renderCapture(capture)) terminal.out(line);
}

/** Prints the findings; returns how many of them count. */
function lintFile(file: string, options: Options, terminal: Terminal): number {
  const content = contentOf(file);
  const capture = captureIn(content, options);
  if (capture === undefined) return lint(read(content, options), options, terminal);
  if (options.json) {
    terminal.out(JSON.stringify(captureFindingsJson(capture), undefined, 2));
  }
  let count = 0;
  for (const found of captureFindings(capture)) {
    if (!options.json) terminal.out(renderCaptureFinding(found));
    if (found.finding.severity !== 'note') count += 1;
  }
  return count;
}

function show(all: readonly Explained[], options: Options, terminal: Terminal): void {
  if (options.json) printJson(all, explainedJson, terminal);
  for (const [i, one] of options.json ? [] : all.entries()) {
    if (i > 0) terminal.out('');
    if (all.length > 1) terminal.out(`Line ${one.line}:`);
    terminal.out(renderSection(one.section).join('\n'));
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
