/**
 * `npm run soak -- --minutes 15 [--seed N]`: works on a target for so long, and tells what it
 * found. The exit status is 1 if anything was wrong.
 */
import { parseArgs } from 'node:util';
import { processTerminal, table } from '../../src/app/terminal.ts';
import { formatDuration, formatSize } from '../../src/app/units.ts';
import { type SoakReport, soak } from './soak.ts';
import type { Tallies } from './tallies.ts';

const LINE_EVERY_MS = 5_000;
const MINUTE_MS = 60_000;
const BAR_WIDTH = 24;

const { values } = parseArgs({ options: {
  minutes: { type: 'string', default: '15' },
  seed: { type: 'string', default: String(Date.now() % 1_000_000) },
} });
const durationMs = Number(values.minutes) * MINUTE_MS;
const seed = Number(values.seed);
if (!(durationMs > 0) || !Number.isSafeInteger(seed)) {
  process.stderr.write('Cannot soak: --minutes takes a number, --seed a whole number\n');
  process.exit(2);
}

const terminal = processTerminal();
let shownMs = 0;

function show(elapsedMs: number, tallies: Tallies, rssBytes: number): void {
  const text = `${formatDuration(elapsedMs)} of ${formatDuration(durationMs)}: ${
    tallies.of('commands')} commands, ${formatSize(tallies.of('bytes verified'))} verified, ${
    tallies.sum('disconnects')} disconnects, the target has ${formatSize(rssBytes)}`;
  if (terminal.isInteractive) {
    const filled = Math.min(BAR_WIDTH, Math.floor(BAR_WIDTH * elapsedMs / durationMs));
    terminal.status(`[${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}] ${text}`);
  } else if (elapsedMs - shownMs >= LINE_EVERY_MS) {
    shownMs = elapsedMs;
    terminal.note(text);
  }
}

function report({ elapsedMs, tallies, watch, sockets, problems }: SoakReport): void {
  const span = ([from, to]: readonly [number, number]): string => `${from} to ${to}`;
  const rows = [
    ['seed', String(seed)], ['time', formatDuration(elapsedMs)],
    ...[...tallies.counts].sort(([a], [b]) => a.localeCompare(b)).map(([name, count]) =>
      [name, name.startsWith('bytes') ? formatSize(count) : String(count)]),
    ['memory, first quarter', formatSize(watch.firstQuarterBytes)],
    ['memory, last quarter', formatSize(watch.lastQuarterBytes)],
    ['memory, most', formatSize(watch.maxBytes)],
    ['descriptors of files', span(watch.files)],
    ['sockets during', span(watch.sockets)], ['sockets before, after', span(sockets)],
    ['threads', span(watch.threads)],
  ];
  for (const line of table(rows)) terminal.out(line);
  for (const problem of problems) terminal.out(`WRONG: ${problem}`);
  terminal.out(problems.length === 0 ? 'All was right.' : `Repeat it with --seed ${seed}.`);
}

terminal.note(`Soaking a target for ${formatDuration(durationMs)} with the seed ${seed}`);
const result = await soak({ durationMs, seed, progress: show });
report(result);
process.exitCode = result.problems.length === 0 ? 0 : 1;
