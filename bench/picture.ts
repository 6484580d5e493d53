/** The bench's results as a picture: panels of bars, ours in colour, on light and dark pages. */
import { formatFigure, formatRatio, type Line, ratioOf, type Side, type Unit } from './line.ts';
import type { Results } from './report.ts';
import { median } from './statistics.ts';

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly isOurs: boolean;
  /** Where the other stands, on the scale of `value`. */
  readonly mark?: number;
}

export interface Panel {
  readonly title: string;
  readonly note: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 880;
const MARGIN = 28;
const COLUMN_GAP = 36;
const COLUMN_WIDTH = (WIDTH - 2 * MARGIN - COLUMN_GAP) / 2;
const LABEL_WIDTH = 140;
const TEXT_WIDTH = 92;
const BAR_WIDTH = COLUMN_WIDTH - LABEL_WIDTH - TEXT_WIDTH;
const [BAR_HEIGHT, BAR_STEP] = [14, 24];
const HEAD_HEIGHT = 92;
const PANEL_HEAD_HEIGHT = 52;
const PANEL_GAP = 26;
const FOOT_HEIGHT = 40;

const STYLE = `
  text { font-family: system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328; }
  .card { fill: #ffffff; stroke: #d1d9e0; }
  .title { font-size: 21px; font-weight: 650; }
  .panel { font-size: 14px; font-weight: 650; }
  .note, .foot { font-size: 11.5px; fill: #59636e; }
  .label, .value { font-size: 12px; }
  .value { font-variant-numeric: tabular-nums; }
  .ours { font-weight: 650; }
  .track { fill: #eff2f5; }
  .bar { fill: #9aa5b1; }
  .bar.ours { fill: #0f8a6d; }
  .mark { stroke: #1f2328; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .card { fill: #12171e; stroke: #3d444d; }
    .note, .foot { fill: #9198a1; }
    .track { fill: #222a34; }
    .bar { fill: #66707c; }
    .bar.ours { fill: #2fbf98; }
    .mark { stroke: #f0f6fc; }
  }`;

/** An SVG document. */
export function picture(results: Results): string {
  const panels = panelsOf(results).filter(({ bars }) => bars.length > 0);
  const body: string[] = [];
  let top = HEAD_HEIGHT;
  for (let i = 0; i < panels.length; i += 2) {
    const pair = panels.slice(i, i + 2);
    pair.forEach((panel, column) => {
      body.push(...panelSvg(panel, MARGIN + column * (COLUMN_WIDTH + COLUMN_GAP), top));
    });
    top += PANEL_HEAD_HEIGHT + PANEL_GAP
      + BAR_STEP * Math.max(...pair.map(({ bars }) => bars.length));
  }
  const height = top + FOOT_HEIGHT - PANEL_GAP;
  const { machine } = results;
  const foot = `${machine.processor}, ${machine.processorCount} cores · Linux ${machine.kernel} · `
    + `${machine.fileSystem} · Node.js ${machine.node} · medians of interleaved rounds · `
    + machine.date;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" `
      + `height="${height}" role="img" aria-labelledby="title">`,
    '<title id="title">What serverfree costs, against what else copies a disk to tape</title>',
    `<style>${STYLE}\n</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="10"/>`,
    text('title', MARGIN, 42, 'What a server-free copy costs'),
    text('note', MARGIN, 64, subtitleOf(results)),
    ...body,
    text('foot', MARGIN, height - 18, foot),
    '</svg>', '',
  ].join('\n');
}

function subtitleOf({ parameters, lines }: Results): string {
  const size = formatFigure(parameters.diskBytes, 'bytes').replace('.00', '');
  const shared = lines.find(({ row, unit }) => row === 'reflink' && unit === 'milliseconds');
  const inTime = shared?.ours === undefined ? ''
    : `; in ${formatFigure(median(shared.ours.samples), shared.unit)} where blocks can be shared`;
  return `${size} from disk to tape by EXTENDED COPY, in green, against plain copies of the same `
    + `bytes${inTime}`;
}

/** What the lines have of each panel; a panel may be empty. */
export function panelsOf({ lines }: Results): Panel[] {
  return [
    {
      title: 'Throughput', note: 'from the command to its status, with the bytes on the disk',
      bars: [...sideBars(lines, 'copy', 'bytesPerSecond'), ...hostBars(lines)]
        .sort((a, b) => b.value - a.value),
    },
    {
      title: 'CPU of whoever copies',
      note: 'less is better; work that the kernel does later is not in it',
      bars: sideBars(lines, 'copy', 'cpuSecondsPerGib').sort((a, b) => a.value - b.value),
    },
    {
      title: 'CPU of the backup client', note: 'while the data moves; less is better',
      bars: sideBars(lines, 'client', 'milliseconds'),
    },
    {
      title: 'Reads and writes over iSCSI',
      note: 'requests per second by qemu-img bench; the line stands for tgt',
      bars: lines.flatMap(servedBar),
    },
  ];
}

/** Each side of a row's lines once; several lines may compare with the same. */
function sideBars(lines: readonly Line[], row: string, unit: Unit): Bar[] {
  const bars = new Map<string, Bar>();
  const add = (side: Side | undefined, isOurs: boolean): void => {
    if (side === undefined) return;
    const value = median(side.samples);
    const label = isOurs && row === 'copy' ? `serverfree ${side.name}` : side.name;
    bars.set(label, { label, value, text: formatFigure(value, unit), isOurs });
  };
  for (const line of lines) {
    if (line.row !== row || line.unit !== unit) continue;
    add(line.ours, true);
    add(line.other, false);
  }
  return [...bars.values()];
}

const hostBars = (lines: readonly Line[]): Bar[] =>
  sideBars(lines, 'client', 'bytesPerSecond').filter(({ isOurs }) => !isOurs)
    .map((bar) => ({ ...bar, label: `backup ${bar.label}` }));

function servedBar(line: Line): Bar[] {
  const ratio = line.row === 'served' ? ratioOf(line) : undefined;
  if (ratio === undefined) return [];
  const label = line.what.replace(/,.*/, '');
  return [{ label, value: ratio, text: `${formatRatio(ratio)} × tgt`, isOurs: true, mark: 1 }];
}

function panelSvg({ title, note, bars }: Panel, left: number, top: number): string[] {
  const longest = Math.max(...bars.flatMap(({ value, mark }) => [value, mark ?? 0]));
  return [
    text('panel', left, top + 14, title),
    text('note', left, top + 31, note),
    ...bars.flatMap((bar, i) => barSvg(bar, left, top + PANEL_HEAD_HEIGHT + i * BAR_STEP, longest)),
  ];
}

function barSvg(bar: Bar, left: number, top: number, longest: number): string[] {
  const ours = bar.isOurs ? ' ours' : '';
  const at = left + LABEL_WIDTH;
  // A value that is next to nothing still shows as a line.
  const width = longest > 0 ? Math.max(1.5, (BAR_WIDTH * bar.value) / longest) : 0;
  const rect = (name: string, wide: number): string => `<rect class="${name}" x="${at}" y="${top}" `
    + `width="${wide.toFixed(1)}" height="${BAR_HEIGHT}" rx="${Math.min(3, wide / 2)}"/>`;
  return [
    text(`label${ours}`, left, top + 11, bar.label),
    rect('track', BAR_WIDTH), rect(`bar${ours}`, width),
    ...(bar.mark === undefined ? [] : [markSvg(at + (BAR_WIDTH * bar.mark) / longest, top)]),
    text(`value${ours}`, at + BAR_WIDTH + 8, top + 11, bar.text),
  ];
}

const markSvg = (x: number, top: number): string => `<path class="mark" d="M${x.toFixed(1)} `
  + `${top - 3}v${BAR_HEIGHT + 6}"/>`;

const text = (name: string, x: number, y: number, content: string): string =>
  `<text class="${name}" x="${x}" y="${y}">${escapeXml(content)}</text>`;

const escapeXml = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
