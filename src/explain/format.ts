/**
 * Formats: the declared structures, what lies inside and behind their fields, and how one knows
 * them by their bytes.
 *
 *   bytes ─→ recognise ─→ format ─→ sectionOf ─┬─ render: annotated text
 *                │           ▲        (tree)   └─ lint: findings
 *             registry ──────┘
 *                └──────→ json ⇄ bytes
 */
import type { Field } from '../codec/field.ts';
import type { AnyLayout } from '../codec/layout.ts';
import type { Levels } from '../codec/levels.ts';
import type { ListRules } from '../codec/list.ts';

export type Kind =
  | 'PDU' | 'CDB' | 'parameter list' | 'parameter data' | 'page' | 'descriptor' | 'sense data'
  | 'header';

/** What a part of a structure consists of. */
export type Content =
  | { readonly list: ListRules }
  | { readonly layout: AnyLayout }
  /** Another way to show the bytes; only in a view. */
  | { readonly lines: readonly string[] }
  /** Lines of text, each ended by a zero byte. */
  | 'text'
  | 'bytes';

/** Bytes inside or behind a structure's own fields that have a format of their own. */
export interface Part extends Pick<Levels, 'formerly'> {
  /** Its key in JSON: a field's key if the part lies in that field. */
  readonly key: string;
  readonly name: string;
  readonly at: number;
  /** Where it ends as announced; that may be behind the bytes that are there. */
  readonly end: number;
  readonly content: Content;
  /** Shows bytes of a field in another way: not a value of its own in JSON. */
  readonly isView?: boolean;
}

export type PartsOf = (bytes: Uint8Array, at: number, end: number) => readonly Part[];

/** A declared structure with all that explaining it needs. */
export interface Format {
  /** Folder of `wire/`, or `sense`, and the declaration's name: `copy/block-to-stream`. */
  readonly id: string;
  readonly title: string;
  /** Standard and clause. */
  readonly source: string;
  readonly kind: Kind;
  readonly layout: AnyLayout;
  /** Positions are absolute; `bytes` reach at least over the layout's shortest form. */
  readonly parts: PartsOf;
  /** Keys of the parts that lie behind the layout's own fields, in their order. */
  readonly behind: readonly string[];
  /** Could bytes that begin with the structure be one? Never throws. */
  readonly recognise: (bytes: Uint8Array) => boolean;
}

/** What is particular to one format; the rest follows from its layout. */
export interface Particulars {
  readonly id?: string;
  readonly title?: string;
  readonly kind?: Kind;
  readonly parts?: PartsOf;
  readonly behind?: readonly string[];
  readonly recognise?: (bytes: Uint8Array) => boolean;
}

/** Fields that tell what a structure is, by their keys in the declarations. */
const TELLING = ['opcode', 'serviceAction', 'type', 'pageCode', 'responseCode'];

/** Declares a format. Unless told how, it is known by fields that admit certain values only. */
export const format = (
  id: string, kind: Kind, layout: AnyLayout, particulars: Particulars = {}): Format => ({
  id, kind, layout, title: layout.name, source: layout.source, parts: () => [], behind: [],
  recognise: byTellingFields(layout),
  ...particulars,
});

function byTellingFields(layout: AnyLayout): (bytes: Uint8Array) => boolean {
  const fields = layout.fields as Readonly<Record<string, Field<unknown>>>; // AnyLayout hides them
  const telling = TELLING.flatMap((key) => {
    const field = fields[key];
    // A field that refuses -1 has a list of values; any other tells nothing.
    return field?.check(-1)?.severity === 'error' ? [{ field, admits: remembered(field) }] : [];
  });
  return (bytes) => telling.length > 0 && bytes.length >= layout.size
    && telling.every(({ field, admits }) => admits(field.read(bytes, 0, bytes.length)));
}

/** A refusal is made of text; that of a value seen before is not made again. */
function remembered(field: Field<unknown>): (value: unknown) => boolean {
  const known = new Map<unknown, boolean>(); // as many as one or two bytes have values
  return (value) => {
    const admitted = known.get(value) ?? field.check(value)?.severity !== 'error';
    known.set(value, admitted);
    return admitted;
  };
}
