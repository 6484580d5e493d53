/** `serverfree encode`: JSON to bytes. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { hexBytes } from '../../bytes/hex.ts';
import { encodeDocument } from '../../explain/document.ts';
import { jsonIn } from '../../explain/json-text.ts';
import type { Terminal } from '../terminal.ts';
import { UserError } from '../user-error.ts';
import { contentOf, onInput, reasonOf } from './input-file.ts';

interface Options {
  readonly as?: string;
  readonly lenient?: true;
  readonly hex?: true;
  readonly binary?: true;
  readonly c?: true;
  readonly output?: string;
}

/** Where bytes go; the process's standard output unless a test says otherwise. */
export type WriteBytes = (bytes: Uint8Array) => void;

const toStandardOutput: WriteBytes = (bytes) => writeFileSync(1, bytes);

/** Adds `encode` to the command line. */
export function addEncode(
  program: Command, terminal: Terminal, writeBytes: WriteBytes = toStandardOutput): void {
  program.command('encode')
    .description('make bytes of JSON')
    .argument('[file]', 'JSON; - is standard input', '-')
    .option('--as <id>', 'what the document is, where it does not say its format')
    .option('--lenient', 'write wrong values, lengths and reserved bits as told')
    .option('--hex', 'print hex (the default on a terminal)')
    .option('--binary', 'print the bytes themselves (the default elsewhere)')
    .option('--c', 'print an array of C')
    .option('-o, --output <file>', 'write to a file: bytes, unless --hex or --c says otherwise')
    .addHelpText('after', HELP)
    .action((file: string, options: Options) => encode(file, options, terminal, writeBytes));
}

const HELP = `
A document names its format; serverfree explain --list shows the ids. Fields have the keys that
explain --json shows, or the names of the standard. Lengths that count what is there, codes of
which there is one, flags and other parts of a byte may be left out. Numbers may be 0x1F, 1Fh, or a
name of the value; CSCDs may have labels; nullBlock, nullStream and thisUnit are CSCDs without
a descriptor:

  { "format": "copy/parameter-list", "listIdentifier": 1, "listIdUsage": 0, "priority": 1,
    "cscds": [
      { "type": "identification descriptor", "label": "disk", "peripheralDeviceType": 0,
        "relativeInitiatorPort": 0, "codeSet": "binary", "designatorType": "NAA",
        "designator": "6001405400000001", "device": { "diskBlockLength": 512 } } ],
    "segments": [
      { "type": "block to block", "source": "disk", "destination": "disk",
        "blockCount": 8, "sourceLba": 0, "destinationLba": 64 } ] }

What a strict reader refuses is refused, unless --lenient is given. Then every structure may also
have "reserved": {"1": "80"} (bits to set at an offset), "bytes": {"2": "0018"} (bytes to write over
it) and "cutTo": 7 (bytes to leave). What explain --json printed is encoded to the same bytes.`;

function encode(file: string, options: Options, terminal: Terminal, writeBytes: WriteBytes): void {
  const all = onInput(() => {
    const json = jsonIn(new TextDecoder().decode(contentOf(file)));
    if (json === undefined) throw new RangeError(`Cannot encode ${file}: it is no JSON document`);
    return encodeDocument(json, {
      isLenient: options.lenient === true, ...(options.as === undefined ? {} : { as: options.as }),
    });
  });
  const isHex = options.hex === true || (terminal.isInteractive && options.output === undefined);
  const chosen = [options.hex, options.binary, options.c].filter((one) => one === true);
  if (chosen.length > 1) throw new UserError('Cannot print two forms: give --hex, --binary or --c');
  const lines = all.flatMap(({ bytes }) => (options.c ? cLines(bytes) : hexLines(bytes)));
  const isText = options.c === true || (isHex && options.binary !== true);
  if (options.output !== undefined) {
    write(options.output, isText ? `${lines.join('\n')}\n` : whole(all.map(({ bytes }) => bytes)));
  } else if (isText) for (const line of lines) terminal.out(line);
  else for (const { bytes } of all) writeBytes(bytes);
}

const whole = (parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

function write(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content);
  } catch (error) {
    throw new UserError(`Cannot write ${file}: ${reasonOf(error)}`, { cause: error });
  }
}

const BYTES_PER_LINE = 16;

/** Sixteen bytes a line. */
function hexLines(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    lines.push(hexBytes(bytes.subarray(at, at + BYTES_PER_LINE)));
  }
  return lines;
}

const cLines = (bytes: Uint8Array): string[] => [
  `const unsigned char bytes[${bytes.length}] = {`,
  ...hexLines(bytes).map((line) => `  ${line.replaceAll(/(\w\w) ?/g, '0x$1, ').trimEnd()}`), '};',
];
