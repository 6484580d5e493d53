/** Bytes as programming languages write them: arrays of C, strings of C and Python. */

export interface Literal {
  readonly bytes: Uint8Array;
  /** Where it begins in the text. */
  readonly at: number;
}

const COMMENT = /\/\*.*?(?:\*\/|$)|\/\/[^\n]*/gs;

interface Quoted {
  readonly at: number;
  readonly end: number;
  /** What stands between the quotes. */
  readonly inner: string;
}

/** All strings in one pass; a quote that its line does not close is an apostrophe. */
function* stringsIn(text: string): Generator<Quoted, void, undefined> {
  let [lineEnd, unclosed] = [-1, ''];
  for (let at = 0; at < text.length; at += 1) {
    if (at > lineEnd) {
      lineEnd = text.indexOf('\n', at);
      if (lineEnd < 0) lineEnd = text.length;
      unclosed = '';
    }
    const quote = text[at]!;
    if ((quote !== '"' && quote !== "'") || unclosed.includes(quote)) continue;
    let end = at + 1;
    while (end < lineEnd && text[end] !== quote) end += text[end] === '\\' ? 2 : 1;
    if (end >= lineEnd) {
      unclosed += quote;
      continue;
    }
    yield { at, end: end + 1, inner: text.slice(at + 1, end) };
    at = end;
  }
}

/** Between strings that are one: blanks, `\` at the end of a line, the `b` of Python. */
const JOINT = /^[\s\\]*b?$/;

/** Strings with nothing between them are one. */
function joined(text: string): Quoted[] {
  const all: { at: number; end: number; inner: string }[] = [];
  for (const one of stringsIn(text)) {
    const last = all.at(-1);
    if (last !== undefined && JOINT.test(text.slice(last.end, one.at))) {
      last.inner += one.inner;
      last.end = one.end;
    } else all.push({ ...one });
  }
  return all;
}

const ESCAPED = /\\x[0-9a-f]{2}/i;
const CHARACTER = /\\x([0-9a-f]{1,2})|\\([0-7]{1,3})|\\(.)|([^\\])/gis;
const ESCAPES: Readonly<Record<string, number>> = {
  n: 10, r: 13, t: 9, a: 7, b: 8, f: 12, v: 11, 0: 0,
};

/** The first string with `\x83` in it; other characters stand for themselves. */
export function fromStrings(text: string): Literal | undefined {
  if (!ESCAPED.test(text)) return undefined;
  const found = joined(text).find(({ inner }) => ESCAPED.test(inner));
  if (found === undefined) return undefined;
  const bytes = Array.from(found.inner.matchAll(CHARACTER), (one) => {
    if (one[1] !== undefined) return Number.parseInt(one[1], 16);
    if (one[2] !== undefined) return Number.parseInt(one[2], 8);
    return one[3] === undefined ? one[4]!.charCodeAt(0) : ESCAPES[one[3]] ?? one[3].charCodeAt(0);
  });
  return bytes.length < 2 ? undefined : { bytes: Uint8Array.from(bytes), at: found.at };
}

const ELEMENT = /\b0x([0-9a-f]{1,2})\b/gi;
/** Two elements with nothing but a comma, blanks, or a place such as `[1] =` between them. */
const NEIGHBOURS = /\b0x[0-9a-f]{1,2}\b[\s,]*(?:\[\w+\]\s*=\s*)?0x[0-9a-f]{1,2}\b/i;
const ASSIGNED = /\[\w+\]\s*=\s*0x[0-9a-f]{1,2}\b/gi;

/** `0x83, 0x00`; names, brackets and comments around it do not matter. */
export function fromArray(text: string): Literal | undefined {
  const code = text.replaceAll(COMMENT, (comment) => comment.replaceAll(/[^\n]/g, ' '));
  const isArray = NEIGHBOURS.test(code) || (code.match(ASSIGNED)?.length ?? 0) > 1;
  if (!isArray) return undefined;
  const bytes = Array.from(code.matchAll(ELEMENT), (one) => Number.parseInt(one[1]!, 16));
  return { bytes: Uint8Array.from(bytes), at: code.search(ELEMENT) };
}
