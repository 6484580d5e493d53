import { describe, expect, it } from 'vitest';
import { parseHex } from '../../../src/bytes/hex.ts';
import { aliasEntries, aliasEntry, designationOf } from '../../../src/wire/copy/aliases.ts';
import { walk } from '../../../src/codec/list.ts';

const entry = (protocol: number, formatCode: number, designation: Uint8Array) => ({
  aliasValue: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1), protocol, formatCode,
  designationLength: designation.length, designation });
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const join = (...parts: Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => Array.from(part)));
const IQN = 'iqn.2020-01.com.example:a';
const named = text(`${IQN}\0\0\0`);
const PORT = parseHex('0000 0CBC 0000 0006');
const WWN = parseHex('5000000000000A01');
const GID = parseHex('FE80000000000000 0002C90300000A01');

describe('what an alias stands for', () => {
  it.each([
    ['nothing: it is forgotten', entry(0x80, 0, new Uint8Array(0)), { kind: 'null' }],
    ['a Fibre Channel port', entry(0, 0, WWN), { kind: 'fcName', portName: WWN }],
    ['a Fibre Channel port at its address', entry(0, 1, join(WWN, parseHex('00 010203'))),
      { kind: 'fcName', portName: WWN, portId: 0x010203 }],
    ['an RDMA port', entry(4, 0, GID), { kind: 'rdma', portIdentifier: GID }],
    ['an InfiniBand port', entry(4, 1, join(GID, GID)),
      { kind: 'rdma', portIdentifier: GID, globalIdentifier: GID }],
    ['an iSCSI name', entry(5, 0, named), { kind: 'iscsi', name: IQN }],
    ['an iSCSI name at an IPv4 address', entry(5, 1, join(named, parseHex('C0000201'), PORT)),
      { kind: 'iscsi', name: IQN, address: parseHex('C0000201'), portNumber: 3260, protocol: 6 }],
    ['an iSCSI name at a domain name', entry(5, 2, join(text(`${IQN}\0a.example\0`), PORT)),
      { kind: 'iscsi', name: IQN, domainName: 'a.example', portNumber: 3260, protocol: 6 }],
    ['an iSCSI name at an IPv6 address', entry(5, 3, join(named, GID, PORT)),
      { kind: 'iscsi', name: IQN, address: GID, portNumber: 3260, protocol: 6 }],
    ['nobody knows', entry(6, 0, WWN), { kind: 'unknown', designation: WWN }],
  ])('is %s', (_what, value, expected) => {
    expect(designationOf(aliasEntry.read(aliasEntry.encode(value)))).toEqual(expected);
  });

  it('is refused where the form has another length', () => {
    expect(() => aliasEntry.read(aliasEntry.encode(entry(0, 0, GID)))).toThrow('form has 8 bytes');
    expect(() => aliasEntry.read(aliasEntry.encode(entry(5, 3, WWN)))).toThrow('24 bytes');
  });

  it('stands behind another one', () => {
    const bytes = join(aliasEntry.encode(entry(5, 0, named)), aliasEntry.encode(entry(0, 0, WWN)));
    expect(walk(aliasEntries, bytes, 0, bytes.length).items.map(({ at, end }) => [at, end]))
      .toEqual([[0, 44], [44, 68]]);
  });
});
