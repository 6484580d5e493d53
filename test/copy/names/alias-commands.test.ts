import { beforeEach, describe, expect, it } from 'vitest';
import { aliasCommands, DESIGNATION_BYTES_MAX } from '../../../src/copy/names/alias-commands.ts';
import {
  ALIAS_BYTES_MAX, ALIAS_COUNT_MAX, AliasLists,
} from '../../../src/copy/names/aliases.ts';
import { hexBytes } from '../../../src/bytes/hex.ts';
import type { ItNexus, Outcome } from '../../../src/sam/command.ts';
import { CommandTable } from '../../../src/sam/command-table.ts';
import type { LogicalUnit } from '../../../src/sam/logical-unit.ts';
import { perform } from '../../../src/sam/perform.ts';
import { nexusOf, unitOf } from '../../support/copy-devices.ts';
import { bytes } from '../../support/vectors.ts';

const host = nexusOf('host');
const other = nexusOf('other');

let lists: AliasLists;
let unit: LogicalUnit;
let isCopying: boolean;

beforeEach(() => {
  lists = new AliasLists();
  isCopying = false;
  const rows = aliasCommands(lists, (receiver, nexus) =>
    isCopying && receiver === unit && nexus === host);
  unit = { ...unitOf('unit', 1, undefined), table: new CommandTable(rows) };
});

async function send(
  cdb: string, dataOut: Uint8Array, nexus: ItNexus): Promise<Outcome> {
  unit.attentions.meet(nexus);
  while (unit.attentions.take(nexus) !== undefined);
  return await perform(unit, {
    nexus, cdb: bytes(cdb), attribute: 'simple', dataOut: [dataOut],
    expectedOutBytes: dataOut.length, expectedInBytes: 1 << 16,
    signal: new AbortController().signal,
  }, (error) => {
    throw error;
  });
}

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');

const changeBy = (list: Uint8Array, nexus = host, length = list.length): Promise<Outcome> =>
  send(`A4 0B 00000000 ${hex(length, 8)} 00 00`, list, nexus);
const change = (list: string, nexus?: ItNexus, length?: number): Promise<Outcome> =>
  changeBy(bytes(list), nexus, length);
const report = async (nexus = host, allocation = 0xffff): Promise<string> => {
  const { status, dataIn } = await send(
    `A3 0B 00000000 ${hex(allocation, 8)} 00 00`, new Uint8Array(0), nexus);
  expect(status).toBe('good');
  return hexBytes(dataIn[0]!).replaceAll(' ', '');
};

const HEADER = '00000000 00000000';
const alias = (
  value: number, designation = '5006016041E0A1B2', codes = '00 0000 00 0000'): string =>
  `${hex(value, 16)} ${codes} ${hex(bytes(designation).length, 4)} ${designation}`;
const remove = (value: number): string => `${hex(value, 16)} 80 0000 00 0000 0000`;
/** An iSCSI name and domain name together of so many bytes, and a port. */
const long = (value: number, byteLength: number): string =>
  alias(value, `${'61'.repeat(byteLength - 8)} 0000 0CBC 0000 0006`, '05 0000 02 0000');
const reported = (...entries: readonly string[]): string => {
  const all = entries.join('').replaceAll(' ', '').toUpperCase();
  return `${hex(all.length / 2 + 4, 8)}0000${hex(entries.length, 4)}${all}`.toUpperCase();
};
const NONE = '0000000400000000';
const codesOf = ({ sense }: Outcome): string =>
  `${hex(sense![2]! & 0xf, 2)}/${hex(sense![12]!, 2)}/${hex(sense![13]!, 2)}`;
/** SENSE KEY SPECIFIC of fixed format: which byte, of the list unless C/D is set. */
const pointerOf = ({ sense }: Outcome): string => hexBytes(sense!.subarray(15, 18));

describe('CHANGE ALIASES and REPORT ALIASES', () => {
  it('keeps what it is told, and tells it again', async () => {
    expect(await report()).toBe(NONE);
    expect(await change(`${HEADER} ${alias(2)} ${alias(1)}`))
      .toMatchObject({ status: 'good', wantedBytes: 8 + 48 });
    expect(await report()).toBe(reported(alias(2), alias(1)));
  });

  it('replaces and removes; other entries stay', async () => {
    await change(`${HEADER} ${alias(1)} ${alias(2)} ${alias(3)}`);
    const replaced = alias(2, 'FFFFFFFFFFFFFFFF');
    expect((await change(`${HEADER} ${replaced} ${remove(3)} ${remove(9)}`)).status).toBe('good');
    expect(await report()).toBe(reported(alias(1), replaced));
  });

  it('takes the last of several entries with one value', async () => {
    await change(`${HEADER} ${alias(1)} ${remove(1)} ${alias(2)} ${alias(2, 'FFFFFFFFFFFFFFFF')}`);
    expect(await report()).toBe(reported(alias(2, 'FFFFFFFFFFFFFFFF')));
  });

  it('does not look at PARAMETER DATA LENGTH, nor at what is designated', async () => {
    expect((await change(`FFFFFFFF 00000000 ${alias(1, '0000000000000000')}`)).status).toBe('good');
    expect(await report()).toBe(reported(alias(1, '0000000000000000')));
  });

  it('changes nothing with a list of no bytes, or a header alone', async () => {
    await change(`${HEADER} ${alias(1)}`);
    expect((await change('')).status).toBe('good');
    expect((await change(HEADER)).status).toBe('good');
    expect(await report()).toBe(reported(alias(1)));
  });

  it('cuts the report to its allocation length, but no number in it', async () => {
    await change(`${HEADER} ${alias(1)} ${alias(2)}`);
    const whole = reported(alias(1), alias(2));
    for (const length of [0, 1, 8, 31, 55, 56, 57]) {
      expect(await report(host, length)).toBe(whole.slice(0, 2 * length));
    }
  });

  it('keeps a list for each nexus and logical unit until reset, or nexus loss', async () => {
    await change(`${HEADER} ${alias(1)}`);
    await change(`${HEADER} ${alias(2)}`, other);
    const elsewhere = unitOf('elsewhere', 2, undefined);
    expect(lists.entries(elsewhere, host)).toEqual([]);
    lists.reset(elsewhere);
    expect(await report()).toBe(reported(alias(1)));
    lists.nexusLost(host);
    expect(await report()).toBe(NONE);
    expect(await report(other)).toBe(reported(alias(2)));
    await change(`${HEADER} ${alias(1)}`);
    lists.reset(unit);
    expect([await report(), await report(other)]).toEqual([NONE, NONE]);
  });
});

describe('CHANGE ALIASES refuses, and changes nothing', () => {
  const refused = async (list: string, codes: string, length?: number): Promise<Outcome> => {
    await change(`${HEADER} ${alias(77)}`);
    const outcome = await change(list, host, length);
    expect(codesOf(outcome)).toBe(codes);
    expect(await report()).toBe(reported(alias(77)));
    return outcome;
  };

  it('a list that is cut off anywhere but between its parts', async () => {
    const list = `${HEADER} ${alias(1)} ${alias(2)}`;
    for (let length = 1; length < 56; length += 1) {
      if (length === 8 || length === 32) continue;
      const outcome = await refused(list, '05/1a/00', length);
      expect(pointerOf(outcome)).toBe('C0 00 06');
    }
  });

  it('less data than PARAMETER LIST LENGTH announces', () =>
    refused(`${HEADER} ${alias(1).slice(0, -2)}`, '05/1a/00', 32));

  it.each([
    ['a reserved protocol identifier', alias(1, '', '10 0000 00 0000'), '80 00 28'],
    ['a protocol without designations', alias(1, '', '06 0000 00 0000'), '80 00 28'],
    ['a reserved format code', alias(1, '', '00 0000 02 0000'), '80 00 2B'],
    ['a reserved format code of no protocol', alias(1, '', '80 0000 01 0000'), '80 00 2B'],
    ['a length that is not the format\'s', alias(1, '5006016041E0A1B200000000'), '80 00 2E'],
    ['a null designation of some bytes', alias(1, '00000000', '80 0000 00 0000'), '80 00 2E'],
    ['a length that is no multiple of 4', alias(1, '616263', '05 0000 00 0000'), '80 00 2E'],
    ['a designation that is too long', long(1, DESIGNATION_BYTES_MAX + 4), '80 00 2E'],
  ])('%s', async (_case, entry, pointer) => {
    const outcome = await refused(`${HEADER} ${alias(5)} ${entry}`, '05/26/00');
    // The second entry begins at byte 32.
    expect(pointerOf(outcome)).toBe(pointer);
  });

  it('entries while a copy uses the list', async () => {
    await change(`${HEADER} ${alias(77)}`);
    isCopying = true;
    expect(codesOf(await change(`${HEADER} ${alias(1)}`))).toBe('05/00/16');
    expect((await change(HEADER)).status).toBe('good');
    expect(await report()).toBe(reported(alias(77)));
    expect((await change(`${HEADER} ${alias(1)}`, other)).status).toBe('good');
  });

  it('one alias more than there is room for', async () => {
    const all = Array.from({ length: ALIAS_COUNT_MAX }, (_, i) => alias(i));
    await change(`${HEADER} ${all.slice(1).join('')}`);
    const outcome = await change(`${HEADER} ${alias(0)} ${alias(99)}`);
    expect(codesOf(outcome)).toBe('05/55/03');
    expect(await report()).toBe(reported(...all.slice(1)));
    expect((await change(`${HEADER} ${alias(0)}`)).status).toBe('good');
    expect(codesOf(await change(`${HEADER} ${alias(99)}`))).toBe('05/55/03');
    // What is removed in the same list makes room.
    expect((await change(`${HEADER} ${alias(99)} ${remove(0)}`)).status).toBe('good');
  });

  it('an alias when all nexuses together have used the room', async () => {
    const entries = Array.from(
      { length: ALIAS_COUNT_MAX }, (_, i) => long(i, DESIGNATION_BYTES_MAX));
    const longest = bytes(`${HEADER} ${entries.join('')}`);
    const full = Math.floor(ALIAS_BYTES_MAX / (longest.length - 8));
    for (let i = 0; i < full; i += 1) {
      expect((await changeBy(longest, nexusOf(`${i}`))).status).toBe('good');
    }
    expect(codesOf(await changeBy(longest))).toBe('05/55/03');
    expect(await report()).toBe(NONE);
    lists.nexusLost(nexusOf('0'));
    expect((await changeBy(longest)).status).toBe('good');
  });
});
