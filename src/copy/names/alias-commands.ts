import { concat } from '../../bytes/concat.ts';
import { hex } from '../../bytes/hex.ts';
import { Malformed } from '../../codec/finding.ts';
import { walk } from '../../codec/list.ts';
import { type Command, dataOutOf, type ItNexus } from '../../sam/command.ts';
import { type CommandEntry, entry } from '../../sam/command-table.ts';
import type { LogicalUnit } from '../../sam/logical-unit.ts';
import {
  aliasEntries, type AliasEntry, aliasEntry, changeAliasesCdb, changeAliasesList,
  designationFormOf, reportAliasesCdb, reportAliasesData,
} from '../../wire/copy/aliases.ts';
import { broken } from '../rules.ts';
import type { AliasLists } from './aliases.ts';

/** The longest designation: an iSCSI name (224 bytes), a domain name (256), a port (8). */
export const DESIGNATION_BYTES_MAX = 488;

const PROTOCOL_AT = 8;
const FORMAT_CODE_AT = 11;
const DESIGNATION_LENGTH_AT = 14;

/** Whether a copy is in progress that looks aliases up, received by a unit over a nexus. */
export type UsesAliases = (unit: LogicalUnit, nexus: ItNexus) => boolean;

/** Rows for aliases of a logical unit. */
export const aliasCommands = (
  lists: AliasLists, usesAliases: UsesAliases): readonly CommandEntry[] => [
  entry({ opcode: 0xa3, serviceAction: 0x0b, name: 'REPORT ALIASES', source: 'SPC-4 6.30',
    cdb: reportAliasesCdb, whenReserved: 'allow',
    run(unit, { nexus }, { allocationLength }) {
      const found = lists.entries(unit, nexus);
      const entries = concat(found.map((one) => aliasEntry.encode(one)));
      const additionalLength = reportAliasesData.size - 4 + entries.length;
      const data = reportAliasesData.encode({
        additionalLength, aliasCount: found.length, entries });
      return { dataIn: [data.subarray(0, allocationLength)] };
    } }),
  entry({ opcode: 0xa4, serviceAction: 0x0b, name: 'CHANGE ALIASES', source: 'SPC-4 6.2',
    cdb: changeAliasesCdb, whenReserved: 'conflict',
    run(unit, command, { parameterListLength }) {
      const changes = changesOf(command, parameterListLength);
      if (changes.length > 0 && usesAliases(unit, command.nexus)) {
        throw broken('aliasesInUse', 'a copy in progress refers to aliases of this I_T nexus');
      }
      lists.change(unit, command.nexus, changes);
      return { wantedBytes: parameterListLength };
    } }),
];

/** Throws: SenseError ILLEGAL REQUEST. Source: SPC-4 6.2.1. */
function changesOf(command: Command, parameterListLength: number): AliasEntry[] {
  if (parameterListLength === 0) return [];
  const list = dataOutOf(command).subarray(0, parameterListLength);
  const { items, broken: cut } = walk(aliasEntries, list, changeAliasesList.size, list.length);
  if (list.length < changeAliasesList.size || cut !== undefined) {
    throw broken('aliasListTruncated',
      cut?.message ?? `${list.length} bytes do not hold the header`);
  }
  return items.map(({ at, end }) => readEntry(list, at, end));
}

/** What is designated is not looked at before it is used. Source: SPC-4 6.2.3. */
function readEntry(list: Uint8Array, at: number, end: number): AliasEntry {
  const { protocol, formatCode, designationLength } = aliasEntry.peek(list, at, end);
  if (designationFormOf(protocol, formatCode) === undefined) {
    const isProtocol = designationFormOf(protocol, 0) === undefined;
    throw broken('aliasFormat', `the alias entry at byte ${at} has protocol identifier `
      + `${hex(protocol)} and format code ${hex(formatCode)}`,
    { byte: at + (isProtocol ? PROTOCOL_AT : FORMAT_CODE_AT) });
  }
  if (designationLength % 4 !== 0 || designationLength > DESIGNATION_BYTES_MAX) {
    throw wrongLength(at, `it is ${designationLength}`);
  }
  try {
    return aliasEntry.read(list, at, end);
  } catch (error) {
    if (error instanceof Malformed) throw wrongLength(at, error.message);
    throw error;
  }
}

const wrongLength = (at: number, why: string) => broken('aliasDesignationLength',
  `DESIGNATION LENGTH of the alias entry at byte ${at}: ${why}`,
  { byte: at + DESIGNATION_LENGTH_AT });
