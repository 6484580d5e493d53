/** A job's report as people read it: who moved how many bytes, and what it cost the client. */
import type { JobReport } from '../backup/jobs/job.ts';
import type { BytesByRung } from '../ports/mover.ts';
import { table } from './terminal.ts';
import { formatDuration, formatRate, formatSize } from './units.ts';

const RUNG_WORDS: Readonly<Record<keyof BytesByRung, string>> = {
  reflink: 'shared by the file system (reflink)', direct: 'past the page cache (direct)',
  kernel: 'by the kernel (kernel)', portable: 'by reads and writes (portable)',
  hole: 'holes, not moved',
};

export function reportLines(report: JobReport): string[] {
  const { client, cpu } = report;
  const rungs = Object.entries(report.byRung ?? {}).filter(([, bytes]) => bytes > 0)
    // The keys of BytesByRung are those of the words.
    .map(([rung, bytes]) => [`    ${RUNG_WORDS[rung as keyof BytesByRung]}`, formatSize(bytes)]);
  const rows = [
    ...(report.mover === undefined ? [] : [['  mover that ran', report.mover]]),
    ['  data', formatSize(report.dataBytes)],
    ['  by the copy manager', formatSize(report.copyManagerBytes)],
    ...rungs,
    ['  data through this client', formatSize(client.dataBytes)],
    ['  metadata through this client', formatSize(client.metadataBytes)],
    ['  commands', String(client.commands)],
    ['  CPU of this client', `${formatDuration(cpu.totalMs)}`
      + ` (${formatDuration(cpu.copyingMs)} from first copy to last status)`],
    ['  time', `${formatDuration(report.elapsedMs)}, `
      + formatRate(report.dataBytes, report.elapsedMs)],
  ];
  return [...table(rows), ...report.notes.map((note) => `  note: ${note}`)];
}
