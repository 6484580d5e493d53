/**
 * The command line.
 *
 *   argv ─→ run() ─→ commands/NAME.ts (loaded when asked for) ─→ exit status
 *
 * Exit status: 0 done, 1 it did not work (one line says why), 2 wrong usage.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { processTerminal, type Terminal } from './terminal.ts';
import { UsageError } from './user-error.ts';

type AddCommand = (program: Command, terminal: Terminal) => void;

/** One module for each group of commands, so that a command loads only what it needs. */
const GROUPS: readonly (readonly [readonly string[], () => Promise<AddCommand>])[] = [
  [['demo'], async () => (await import('./commands/demo.ts')).addDemo],
  [['target'], async () => (await import('./commands/target.ts')).addTarget],
  [['cartridge'], async () => (await import('./commands/cartridge.ts')).addCartridge],
  [['magazine'], async () => (await import('./commands/magazine.ts')).addMagazine],
  [['backup', 'ls', 'restore', 'verify', 'catalog'],
    async () => (await import('./commands/backup.ts')).addBackup],
  [['inquire'], async () => (await import('./commands/inquire.ts')).addInquire],
  [['explain', 'lint'], async () => (await import('./commands/explain.ts')).addExplain],
  [['encode'], async () => (await import('./commands/encode.ts')).addEncode],
  [['bench'], async () => (await import('./commands/bench.ts')).addBench],
];

/** Runs one command line; returns the exit status. */
export async function run(args: readonly string[], terminal = processTerminal()): Promise<number> {
  const program = new Command('serverfree')
    .description('SCSI-3 EXTENDED COPY target emulator and server-free backup client')
    .version(ownVersion(), '--version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      // The second line is a suggestion; an error is one line.
      writeErr: (text) => terminal.note(
        text.trimEnd().replace(/^error: /, 'serverfree: ').replace(/\n(?=\()/, ' ')),
    });
  const chosen = GROUPS.filter(([names]) => names.includes(args[0] ?? ''));
  for (const [, load] of chosen.length > 0 ? chosen : GROUPS) (await load())(program, terminal);
  for (const command of program.commands) inheritSettings(command, program);
  if (args.length === 0) {
    program.outputHelp();
    return 2;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return exitStatus(error, terminal);
  }
}

function inheritSettings(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent).allowExcessArguments(false);
  for (const inner of command.commands) inheritSettings(inner, command);
}

function exitStatus(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const message = error instanceof Error ? error.message : String(error);
  terminal.note(`serverfree: ${message.replaceAll(/\s*\n\s*/g, ' ')}`);
  if (process.env['SERVERFREE_DEBUG'] && error instanceof Error) terminal.note(error.stack ?? '');
  return error instanceof UsageError ? 2 : 1;
}

function ownVersion(): string {
  const packageFile = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  return version;
}
