/** Formats of aliases: lists of entries, and the designations in them. */
import { readU16 } from '../bytes/big-endian.ts';
import { walk } from '../codec/list.ts';
import * as aliases from '../wire/copy/aliases.ts';
import { formatsOf } from './declared.ts';
import type { Format, PartsOf, Particulars } from './format.ts';
import { countsItself, listFrom, listsWhole, within } from './parts.ts';
import { textLines } from './text-lines.ts';

const designationParts: PartsOf = (bytes, at, end) => {
  const form = aliases.designationFormOf(bytes[at + 8]!, bytes[at + 11]!);
  const from = at + aliases.aliasEntry.size;
  if (form === undefined) return [];
  const behind = form.layout;
  const size = behind?.size ?? 0;
  if (!form.isNamed) {
    return behind !== undefined && end - from === size
      ? [within('designation', behind, from)] : [];
  }
  if (end - from < size) return [];
  const names = textLines(bytes.subarray(from, end - size));
  return [
    { key: 'names', name: 'iSCSI name', at: from, end: end - size, content: { lines: names },
      isView: true },
    ...(behind === undefined ? [] : [{ ...within('address', behind, end - size), isView: true }]),
  ];
};

const entries = (countsThem: (bytes: Uint8Array) => boolean): Particulars => ({
  parts: listFrom('entries', 8, aliases.aliasEntries),
  recognise: (bytes) => countsItself(bytes, 24) && countsThem(bytes)
    && listsWhole(aliases.aliasEntries, bytes, 8),
});
const aliasCountIs = (fits: (told: number, found: number) => boolean) => (bytes: Uint8Array) =>
  fits(readU16(bytes, 6), walk(aliases.aliasEntries, bytes, 8, bytes.length).items.length);

const { changeAliasesList, reportAliasesData } = aliases;
export const aliasFormats: readonly Format[] = [
  ...formatsOf('copy', 'parameter list', { changeAliasesList }, {
    changeAliasesList: entries(aliasCountIs((told) => told === 0)) }),
  ...formatsOf('copy', 'parameter data', { reportAliasesData }, {
    reportAliasesData: entries(aliasCountIs((told, found) => told === found)) }),
  ...formatsOf('copy', 'descriptor', {
    aliasEntry: aliases.aliasEntry, fcNameDesignation: aliases.fcNameDesignation,
    fcCheckedNameDesignation: aliases.fcCheckedNameDesignation,
    rdmaPortDesignation: aliases.rdmaPortDesignation,
    infiniBandDesignation: aliases.infiniBandDesignation,
    ipv4DesignationEnd: aliases.ipv4DesignationEnd,
    ipNameDesignationEnd: aliases.ipNameDesignationEnd,
    ipv6DesignationEnd: aliases.ipv6DesignationEnd,
  }, { aliasEntry: { parts: designationParts } }),
];
