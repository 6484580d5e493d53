/** Worked examples: what a client wants, as JSON, as bytes, and explained. */
import { readFileSync } from 'node:fs';
import type { Json } from '../../src/codec/field.ts';
import { encodeDocument } from '../../src/explain/document.ts';
import { dumpLines, renderSection } from '../../src/explain/render.ts';
import { sectionOf } from '../../src/explain/section.ts';
import { code } from './markdown.ts';

interface Example {
  readonly title: string;
  readonly file: string;
  /** What happens, in the words of the tables above. */
  readonly story: string;
}

export const EXAMPLES: readonly Example[] = [
  { title: 'Back a disk range up to a tape with fixed blocks', file: 'backup.json',
    story: '300 blocks are 153,600 bytes; a WRITE of two tape blocks takes 65,536. Two are full, '
      + '22,528 bytes are left, and PAD of the tape fills the third with 43,008 zero bytes. Six '
      + 'tape blocks and a filemark are on the tape. With PAD=0 and CAT=0 the copy ends with '
      + 'COPY ABORTED, 26h/0Ah, after two WRITEs.' },
  { title: 'Restore it', file: 'restore.json',
    story: 'The destination’s blocks are counted: three READs give 196,608 bytes, 153,600 are '
      + 'written, and PAD of the tape drops the rest. The tape stands before the filemark.' },
  { title: 'Write a label', file: 'label.json',
    story: 'Embedded data needs no inline data: the 12 bytes are one variable tape block.' },
  { title: 'Restore one file out of a backup', file: 'file.json',
    story: 'LOCATE to the tape block that holds its first byte; discard what stands before it, '
      + 'with CAT, so that the rest of the block stays as residual source data; then write '
      + 'exactly the file’s bytes, which do not fill their last block: what stands behind them '
      + 'on the disk stays.' },
  { title: 'Duplicate a tape', file: 'image.json',
    story: 'Blocks keep their lengths, filemarks are copied; two filemarks in a row are the end.' },
  { title: 'Copy in the background (LID4)', file: 'background.json',
    story: 'GOOD comes at once. CSCD descriptor IDs begin at 0001h: the ID counts from byte 16 of '
      + 'the list, where the header has a descriptor that no copy manager takes. The status is '
      + 'asked for with RECEIVE COPY STATUS(LID4) and the list identifier 00000101h.' },
  { title: 'Back up one moment of a disk in use', file: 'snapshot.json',
    story: 'A ROD of type 00800002h keeps the blocks of the receiving disk as they are now, and '
      + 'goes to tape while the disk is written to.' },
];

export const documentOfExample = ({ file }: Example): Json =>
  JSON.parse(readFileSync(new URL(`./examples/${file}`, import.meta.url), 'utf8')) as Json;

export function exampleParts(): string[] {
  return EXAMPLES.flatMap((example) => {
    const [encoded] = encodeDocument(documentOfExample(example));
    if (encoded?.format === undefined) throw new Error(`Cannot show ${example.file}`);
    const { bytes, format } = encoded;
    const text = readFileSync(new URL(`./examples/${example.file}`, import.meta.url), 'utf8');
    return [
      `### ${example.title}`, example.story,
      'As `serverfree encode` takes it:', code('json', text),
      'The parameter list:', code('text', dumpLines(bytes, 0).join('\n')),
      '<details><summary>Explained</summary>',
      code('text', renderSection(sectionOf(format, bytes)).join('\n')), '</details>',
    ];
  });
}
