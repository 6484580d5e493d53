/**
 * `serverfree/codec`: everything that this package knows of bytes, for other programs. It needs
 * nothing of Node.js, so that it runs in a web page, too.
 *
 *   import { decode, encode, lint, segments } from 'serverfree/codec';
 *
 *   decode('copy/parameter-list', bytes).value          JSON: every field, every descriptor
 *   lint('copy/parameter-list', bytes)                  what is wrong, where, why, what to write
 *   encode({ format: 'copy/space', … })[0].bytes        as `serverfree encode` does it
 *   explain(content)                                    hex, binary or JSON → annotated sections
 *   explainCapture(file)                                pcap, pcapng → third-party copy commands
 *   segments.blockToStream.encode({ type: 0x00, … })    typed: one layout for each structure
 *
 * Formats have ids such as `copy/parameter-list`; `FORMATS` has all of them. The typed layouts have
 * `encode(value)`, `decode(bytes)` (lenient: value, raw, findings), `read(bytes)` (strict: throws
 * Malformed), `lint(bytes)` and `explain(bytes)`; 64-bit fields are bigints there, and decimal text
 * in JSON.
 *
 * This is the one file that passes names on which others declare: it is what the package exports.
 */
import type { Finding } from '../codec/finding.ts';
import { Malformed } from '../codec/finding.ts';
import { toJson } from './encode-json.ts';
import type { Format } from './format.ts';
import type { JsonObject } from './json-error.ts';
import { plainArray } from './plain-array.ts';
import { formatById } from './registry.ts';
import { findingsOf, sectionOf } from './section.ts';

export { hexBytes, parseHex } from '../bytes/hex.ts';
export type { Field, Json } from '../codec/field.ts';
export { type Finding, Malformed, type Severity } from '../codec/finding.ts';
export type { AnyLayout, Decoded, Layout, Line, ValueOf } from '../codec/layout.ts';
export * as senseCodes from '../sense/codes.ts';
export * as senseLayouts from '../sense/formats.ts';
export * as aliases from '../wire/copy/aliases.ts';
export * as copyCdbs from '../wire/copy/cdbs.ts';
export * as cscds from '../wire/copy/cscd.ts';
export { levelName, SPC_LEVELS, type SpcLevel } from '../wire/copy/levels.ts';
export * as lid4Results from '../wire/copy/lid4-results.ts';
export * as parameterLists from '../wire/copy/parameter-list.ts';
export * as copyResults from '../wire/copy/results.ts';
export * as segments from '../wire/copy/segments.ts';
export * as thirdPartyCopyVpd from '../wire/copy/third-party-copy-vpd.ts';
export * as tokens from '../wire/copy/tokens.ts';
export { CAPTURE_BYTES_MAX, explainCapture, isCapture } from './capture/capture.ts';
export {
  type CaptureFinding, captureFindings, captureFindingsJson, captureJson, renderCapture,
} from './capture/render.ts';
export type {
  CaptureReport, CommandPart, ConnectionReport, CopyCommand,
} from './capture/report.ts';
export { documentOf, type Encoded, encodeDocument as encode, type EncodeOptions } from
  './document.ts';
export { explain, type Explained, explainedJson, type ExplainOptions } from './explain.ts';
export type { Format } from './format.ts';
export { bytesOfText, type Found, isText } from './input.ts';
export { JsonError } from './json-error.ts';
export { sectionAtLevel } from './level.ts';
export { recognise } from './recognise.ts';
export { FORMATS, formatById } from './registry.ts';
export { renderFinding, renderSection, sectionJson } from './render.ts';
export { findingsOf, type Section, sectionOf } from './section.ts';

/** A structure's value as JSON, and what is to be said of its bytes. */
export interface DecodedJson {
  readonly value: JsonObject;
  readonly findings: readonly Finding[];
}

/** Lenient: never throws for what the bytes are. Throws: RangeError for an id that is not known. */
export function decode(id: string, bytes: Uint8Array): DecodedJson {
  const format = known(id);
  const own = plainArray(bytes);
  return { value: toJson(format, own), findings: findingsOf(sectionOf(format, own)) };
}

/**
 * Strict: the value of bytes without an error.
 *
 * Throws: Malformed with the place of the first error; RangeError for an id that is not known.
 */
export function read(id: string, bytes: Uint8Array): JsonObject {
  const { value, findings } = decode(id, bytes);
  const error = findings.find(({ severity }) => severity === 'error');
  if (error !== undefined) throw new Malformed(known(id).title, error);
  return value;
}

/** All findings, in the order of their place. Throws: RangeError for an id that is not known. */
export const lint = (id: string, bytes: Uint8Array): readonly Finding[] =>
  findingsOf(sectionOf(known(id), bytes));

function known(id: string): Format {
  const format = formatById(id);
  if (format === undefined) throw new RangeError(`Cannot use '${id}': there is no such format`);
  return format;
}
