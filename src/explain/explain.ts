import type { Json } from '../codec/field.ts';
import type { SpcLevel } from '../wire/copy/levels.ts';
import { documentOf, encodeDocument } from './document.ts';
import type { Format } from './format.ts';
import { bytesOfText, type Found, isText } from './input.ts';
import { INPUT_BYTES_MAX } from './input-dump.ts';
import { jsonIn } from './json-text.ts';
import { sectionAtLevel } from './level.ts';
import { plainArray } from './plain-array.ts';
import { recognise } from './recognise.ts';
import { formatById } from './registry.ts';
import type { Section } from './section.ts';

export interface ExplainOptions {
  /** Id of the format; without it the bytes tell. */
  readonly as?: string;
  /** The content is bytes, never a text that shows them. */
  readonly isBinary?: boolean;
  /** The version of the standard; without it the newest that fits. */
  readonly level?: SpcLevel;
}

/** What a run of bytes turned out to be. */
export interface Explained {
  readonly section: Section;
  readonly format: Format;
  /** The bytes of the section, whose places may count from further ahead. */
  readonly bytes: Uint8Array;
  /** Line of the text where the bytes begin, from 1. */
  readonly line: number;
  /** What it may be as well, the likeliest first. */
  readonly others: readonly Format[];
}

/**
 * Explains the content of a file: bytes, or a text that shows bytes.
 *
 * Throws: RangeError that says what cannot be read, or that the bytes are nothing known.
 */
export function explain(content: Uint8Array, options: ExplainOptions = {}): Explained[] {
  if (content.length > INPUT_BYTES_MAX) {
    throw new RangeError(`Cannot explain ${content.length} bytes: at most ${INPUT_BYTES_MAX}`);
  }
  const isBytes = options.isBinary === true || !isText(content);
  const found = isBytes ? [{ bytes: plainArray(content), line: 1 }]
    : bytesIn(new TextDecoder().decode(content), options);
  const explained = found.flatMap(({ bytes, line, format: said }) => {
    const [format, ...others] = options.as !== undefined ? [named(options.as)]
      : said === undefined ? recognise(bytes) : [said];
    // A log shows much that is not ours.
    if (format === undefined) return [];
    return sequence(format, bytes, options.level).map((one) => ({ ...one, line, others }));
  });
  if (explained.length > 0) return explained;
  const what = found.length === 1 ? `these ${found[0]!.bytes.length} bytes`
    : `any of the ${found.length} runs of bytes`;
  throw new RangeError(`Cannot tell what ${what} are: name it with --as, `
    + '--list shows the names');
}

interface Known extends Found {
  /** Said by a document. */
  readonly format?: Format | undefined;
}

/** JSON is encoded, wrong as it may be; any other text shows bytes. */
function bytesIn(text: string, { as }: ExplainOptions): readonly Known[] {
  const json = jsonIn(text);
  return json === undefined ? bytesOfText(text)
    : encodeDocument(json, { isLenient: true, ...(as === undefined ? {} : { as }) })
      .map((encoded) => ({ ...encoded, line: 1 }));
}

/** PDUs follow each other in what was read from a connection; nothing else does. */
function sequence(format: Format, bytes: Uint8Array, level: SpcLevel | undefined) {
  const sections: Pick<Explained, 'section' | 'format' | 'bytes'>[] = [];
  let at = 0;
  for (let next: Format | undefined = format; next !== undefined;) {
    const parts = next.parts(bytes, at, bytes.length);
    const end = Math.max(at + next.layout.size, ...parts.map((part) => part.end));
    const following: Format | undefined = next.kind === 'PDU' && end < bytes.length
      ? recognise(bytes.subarray(end)).find(({ kind }) => kind === 'PDU') : undefined;
    const to = following === undefined ? bytes.length : end;
    sections.push({
      format: next, section: sectionAtLevel(next, bytes, at, to, level),
      bytes: bytes.subarray(at, to) });
    next = following;
    at = end;
  }
  return sections;
}

function named(id: string): Format {
  const format = formatById(id);
  if (format === undefined) {
    throw new RangeError(`Cannot explain as '${id}': there is no such format, --list shows them`);
  }
  return format;
}

/** For machines; `encode` takes it. */
export const explainedJson = ({ section, format, bytes }: Explained): Json =>
  documentOf(section, format, bytes);
