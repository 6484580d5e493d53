/** What a capture tells: connections, third-party copy commands, what could not be followed. */
import { readU32 } from '../../bytes/big-endian.ts';
import { hex } from '../../bytes/hex.ts';
import type { Finding } from '../../codec/finding.ts';
import type { AnyLayout } from '../../codec/layout.ts';
import type { SpcLevel } from '../../wire/copy/levels.ts';
import { decodeLun } from '../../wire/spc/lun.ts';
import type { Format } from '../format.ts';
import { sectionAtLevel } from '../level.ts';
import { formatOf } from '../registry.ts';
import { senseLayoutOf } from '../sense-formats.ts';
import type { Section } from '../section.ts';
import { dataOfCommand } from './command-data.ts';
import { formatOfCdb, nameOfCdb } from './command-name.ts';
import { type Exchange, prefixOf } from './exchange.ts';

/** A connection that carries iSCSI. */
export interface ConnectionReport {
  /** From 1. */
  readonly number: number;
  readonly initiatorAddress: string;
  readonly targetAddress: string;
  readonly initiator: string | undefined;
  readonly target: string | undefined;
  readonly headerDigest: boolean;
  readonly dataDigest: boolean;
  readonly frames: readonly [first: number, last: number];
  /** Commands other than third-party copies, by name. */
  readonly others: ReadonlyMap<string, number>;
}

/** One of the structures that a command consists of. */
export interface CommandPart {
  readonly what: 'CDB' | 'parameter data' | 'answer' | 'sense data';
  readonly bytes: Uint8Array;
  /** Undefined where nothing is known of the bytes. */
  readonly format: Format | undefined;
  /** Made when asked for: those of all commands at once may not fit in memory. */
  section(): Section;
}

/** One third-party copy command. */
export interface CopyCommand {
  /** From 1, in the order of time. */
  readonly number: number;
  readonly name: string;
  readonly connection: ConnectionReport;
  /** As a number, or as hex digits if it has more than one level. */
  readonly lun: string;
  readonly frames: readonly number[];
  readonly sentNs: bigint | undefined;
  readonly answeredNs: bigint | undefined;
  /** `GOOD`, `CHECK CONDITION`, …; undefined if the answer is not in the capture. */
  readonly status: string | undefined;
  readonly residual: string | undefined;
  readonly parts: readonly CommandPart[];
  /** What is to be said beside the findings in the parts. */
  readonly findings: readonly Finding[];
}

export interface CaptureReport {
  readonly kind: 'pcap' | 'pcapng';
  readonly frameCount: number;
  readonly connections: readonly ConnectionReport[];
  readonly copies: readonly CopyCommand[];
  readonly findings: readonly Finding[];
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  0x00: 'GOOD', 0x02: 'CHECK CONDITION', 0x04: 'CONDITION MET', 0x08: 'BUSY',
  0x18: 'RESERVATION CONFLICT', 0x28: 'TASK SET FULL', 0x30: 'ACA ACTIVE', 0x40: 'TASK ABORTED',
};
const CHECK_CONDITION = 0x02;

/** Makes a command of what was followed. */
export function commandOf(
  exchange: Exchange, connection: ConnectionReport, number: number,
  level?: SpcLevel): CopyCommand {
  const { answer, cdb } = exchange;
  const findings = [...exchange.findings];
  const say = (rule: string, message: string): void => {
    findings.push({ at: exchange.fileAt, severity: 'warning', rule, message });
  };
  if (answer === undefined) say('no-answer', 'the capture holds no answer to the command');
  const parts = [cdbPart(cdb, level), ...outParts(exchange, say, level),
    ...inParts(exchange, say, level), ...senseParts(exchange, say, level)];
  return {
    number, name: nameOfCdb(cdb), connection, lun: lunText(exchange.lun),
    frames: [...new Set(exchange.frames)].sort((a, b) => a - b),
    sentNs: exchange.sentNs, answeredNs: answer?.timeNs,
    status: answer === undefined ? undefined : statusText(answer.status, answer.response),
    residual: answer?.residual === undefined ? undefined
      : `${answer.residual.kind} of ${answer.residual.bytes} bytes`,
    parts, findings,
  };
}

const statusText = (status: number, response: number): string =>
  (response === 0 ? STATUS_NAMES[status] ?? `status ${hex(status)}`
    : `no status: the target failed, response ${hex(response)}`);

function lunText(lun: Uint8Array): string {
  const number = decodeLun(lun);
  return number === undefined
    ? Array.from(lun, (byte) => byte.toString(16).padStart(2, '0')).join('') : String(number);
}

function cdbPart(cdb: Uint8Array, level: Level): CommandPart {
  const format = formatOfCdb(cdb);
  if (format !== undefined) return part('CDB', cdb, format.layout, level);
  const unknown: Finding = {
    at: 1, severity: 'error', rule: 'type',
    message: `service action ${hex(cdb[1]! & 0x1f)} of operation code ${hex(cdb[0]!)} is not known`,
  };
  const section = { ...dump('command descriptor block', cdb), findings: [unknown] };
  return { what: 'CDB', bytes: cdb, format, section: () => section };
}

type Level = SpcLevel | undefined;
type Told = (rule: string, message: string) => void;

/** Parameter data: what the target fetched of it. */
function outParts(exchange: Exchange, say: Told, level: Level): CommandPart[] {
  const { cdb, expectedBytes, out, answer } = exchange;
  const isOut = cdb[0] === 0x83;
  const bytes = prefixOf(out);
  const length = isOut && cdb.length >= 14 ? Math.min(expectedBytes, readU32(cdb, 10)) : 0;
  // A target that refuses the command need not fetch its data.
  const isMissing = bytes.length < length && answer?.status !== CHECK_CONDITION;
  if (isMissing) {
    say('data-missing', `${bytes.length} of ${length} bytes of parameter data can be told`);
  }
  if (bytes.length === 0) return [];
  return [part('parameter data', bytes, dataOfCommand(cdb), level)];
}

function inParts(exchange: Exchange, say: Told, level: Level): CommandPart[] {
  const { cdb } = exchange;
  const bytes = prefixOf(exchange.in);
  const whole = exchange.in.reduce((end, part) => Math.max(end, part.at + part.bytes.length), 0);
  if (bytes.length < whole) {
    say('data-missing', `${bytes.length} of ${whole} bytes of the answer can be told`);
  }
  if (bytes.length === 0) return [];
  const answer = part('answer', bytes, dataOfCommand(cdb), level);
  const isCut = cdb.length >= 14 && bytes.length === readU32(cdb, 10)
    && bytes.length >= 4 && readU32(bytes, 0) + 4 > bytes.length;
  return [isCut ? { ...answer, section: () => excused(answer.section(), bytes.length) } : answer];
}

/** An answer with more AVAILABLE DATA than the ALLOCATION LENGTH has room for may end anywhere. */
function excused(section: Section, end: number): Section {
  return {
    ...section, sections: section.sections.map((inner) => excused(inner, end)),
    findings: section.findings.map((one) => (CUT_RULES.includes(one.rule)
      ? { ...one, severity: 'note', message: `${one.message}: the ALLOCATION LENGTH is ${end}` }
      : one)),
  };
}

const CUT_RULES: readonly string[] = ['truncated', 'length', 'list'];

function senseParts({ answer, cdb }: Exchange, say: Told, level: Level): CommandPart[] {
  if (answer === undefined) return [];
  const { sense: bytes, status } = answer;
  if (bytes.length === 0) {
    if (status === CHECK_CONDITION) say('no-sense', `no sense data for ${nameOfCdb(cdb)}`);
    return [];
  }
  return [part('sense data', bytes, senseLayoutOf(bytes[0]), level)];
}

function part(
  what: CommandPart['what'], bytes: Uint8Array, layout: AnyLayout | undefined,
  level: Level): CommandPart {
  const format = layout === undefined ? undefined : formatOf(layout);
  return { what, bytes, format,
    section: () => (format === undefined ? dump(what, bytes)
      : sectionAtLevel(format, bytes, 0, bytes.length, level)) };
}

const dump = (title: string, bytes: Uint8Array): Section =>
  ({ title, at: 0, end: bytes.length, dump: bytes, lines: [], findings: [], sections: [] });
