/** What a capture tells, as text for people and as JSON for machines. */
import type { Json } from '../../codec/field.ts';
import type { Finding } from '../../codec/finding.ts';
import { documentOf } from '../document.ts';
import { findingJson, renderFinding, renderSection } from '../render.ts';
import { findingsOf } from '../section.ts';
import type { CaptureReport, CommandPart, ConnectionReport, CopyCommand } from './report.ts';

/** A finding and what it is about: the capture, or a part of a command. */
export interface CaptureFinding {
  readonly where: string;
  readonly finding: Finding;
}

const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;

/** The report line by line; sections are made when their turn comes. */
export function* renderCapture(report: CaptureReport): Generator<string, void, undefined> {
  const { kind, frameCount, connections, copies, findings } = report;
  const commands = copies.length === 1 ? 'third-party copy command' : 'third-party copy commands';
  yield `Capture (${kind}, ${counted(frameCount, 'frame')}): `
    + `${counted(connections.length, 'iSCSI connection')}, ${copies.length} ${commands}`;
  for (const finding of findings) yield `  ${renderFinding(finding)}`;
  for (const connection of connections) yield* renderConnection(connection);
  for (const command of copies) yield* renderCommand(command);
}

function* renderConnection(connection: ConnectionReport): Generator<string, void, undefined> {
  const { number, frames, others, initiator, target, headerDigest, dataDigest } = connection;
  yield '';
  yield `Connection ${number}: ${ends(connection)}, frames ${frames[0]} to ${frames[1]}`;
  if (initiator !== undefined) yield `  initiator ${initiator}`;
  if (target !== undefined) yield `  target ${target}`;
  const digests = [...headerDigest ? ['header'] : [], ...dataDigest ? ['data'] : []];
  if (digests.length > 0) yield `  digests: ${digests.join(' and ')}`;
  const list = Array.from(others, ([name, count]) => `${count} ${name}`).join(', ');
  if (list !== '') yield `  other commands: ${list}`;
}

const ends = ({ initiatorAddress, targetAddress }: ConnectionReport): string =>
  `${initiatorAddress} → ${targetAddress}`;

function* renderCommand(command: CopyCommand): Generator<string, void, undefined> {
  const { number, name, connection, lun, parts, findings, residual } = command;
  yield '';
  yield `Command ${number}: ${name}, connection ${connection.number}, LUN ${lun}`;
  yield `  ${ends(connection)}, ${when(command)}`;
  yield `  ${answerText(command)}${residual === undefined ? '' : `, ${residual}`}`;
  for (const finding of findings) yield `  ${renderFinding(finding)}`;
  for (const part of parts) for (const line of renderSection(part.section())) yield `  ${line}`;
}

function when({ sentNs, frames }: CopyCommand): string {
  const which = frames.length === 1 ? `frame ${frames[0]}` : `frames ${frames.join(', ')}`;
  return sentNs === undefined ? which : `${timeText(sentNs)}, ${which}`;
}

function answerText({ status, sentNs, answeredNs }: CopyCommand): string {
  if (status === undefined) return 'no answer';
  if (sentNs === undefined || answeredNs === undefined) return status;
  return `${status} after ${(Number(answeredNs - sentNs) / 1e6).toFixed(3)} ms`;
}

/** Milliseconds that a date can hold. */
const DATE_MS_MAX = 8_640_000_000_000_000n;

/** UTC with microseconds; seconds since 1970 for times that no calendar has. */
function timeText(ns: bigint): string {
  const ms = ns / 1_000_000n;
  if (ms < 0n || ms > DATE_MS_MAX) return `${ns / 1_000_000_000n} s since 1970`;
  const micro = String((ns / 1000n) % 1000n).padStart(3, '0');
  return new Date(Number(ms)).toISOString().replace('Z', `${micro}Z`);
}

/** All findings, those of the capture first, then those of each command in the order of time. */
export function* captureFindings(
  report: CaptureReport): Generator<CaptureFinding, void, undefined> {
  for (const finding of report.findings) yield { where: 'capture', finding };
  for (const { number, name, frames, parts, findings } of report.copies) {
    const command = `command ${number} (${name}, frame ${frames[0]})`;
    for (const finding of findings) yield { where: command, finding };
    for (const part of parts) {
      for (const finding of findingsOf(part.section())) {
        yield { where: `${command} ${part.what}`, finding };
      }
    }
  }
}

export const renderCaptureFinding = ({ where, finding }: CaptureFinding): string =>
  `${where}: ${renderFinding(finding)}`;

/** The findings for machines. */
export const captureFindingsJson = (report: CaptureReport): Json =>
  Array.from(captureFindings(report), ({ where, finding }) => ({ where, ...findingJson(finding) }));

const defined = (fields: Readonly<Record<string, Json | undefined>>): { [key: string]: Json } =>
  Object.fromEntries(Object.entries(fields).flatMap(([key, value]) =>
    (value === undefined ? [] : [[key, value] as const])));

/** The whole report for machines; each part of a command can be encoded again. */
export const captureJson = (report: CaptureReport): Json => ({
  capture: report.kind, frameCount: report.frameCount,
  findings: report.findings.map(findingJson),
  connections: report.connections.map(({ others, ...connection }) =>
    defined({ ...connection, others: Object.fromEntries(others) })),
  commands: report.copies.map(commandJson),
});

const commandJson = (command: CopyCommand): Json => defined({
  number: command.number, name: command.name, connection: command.connection.number,
  lun: command.lun, frames: command.frames,
  sent: command.sentNs === undefined ? undefined : timeText(command.sentNs),
  answered: command.answeredNs === undefined ? undefined : timeText(command.answeredNs),
  status: command.status, residual: command.residual,
  findings: command.findings.map(findingJson), parts: command.parts.map(partJson),
});

const partJson = ({ what, bytes, format, section }: CommandPart): Json =>
  ({ what, ...documentOf(section(), format, bytes) });
