import { describe, expect, it } from 'vitest';
import {
  directoryName, fcIdName, ipName, nameOfBytes, parseTransportName, scsiIdName,
  TRANSPORT_NAME_EXAMPLES,
} from '../../../src/copy/names/transport-name.ts';
import { bytes } from '../../support/vectors.ts';

describe('names on transports', () => {
  it.each([
    ['fc:50:06:01:60:41:E0:A1:B2', 'fc:5006016041e0a1b2'],
    ['FC:0x5006016041e0a1b2', 'fc:5006016041e0a1b2'],
    ['fcid:0x010203', 'fcid:010203'], ['fcid:01.02.03', 'fcid:010203'],
    ['scsi:05', 'scsi:5'], ['scsi:255', 'scsi:255'],
    ['ip:192.0.2.1:3260', 'ip:192.0.2.1:3260'],
    ['ip:[2001:DB8:0:0::1]:860', 'ip:[2001:db8::1]:860'],
    ['rdma:00112233-44556677-8899AABB-CCDDEEFF', 'rdma:00112233445566778899aabbccddeeff'],
    ['gid:fe80:0000:0000:0000:0002:c903:0000:1234', 'gid:fe800000000000000002c90300001234'],
    ['eui64:00-11-22-33-44-55-66-77', 'eui64:0011223344556677'],
    ['eui64:0011223344556677/0x0a0b0c', 'eui64:0011223344556677/0a0b0c'],
    ['sas:5000c50012345678', 'sas:5000c50012345678'],
    ['iscsi:IQN.2001-04.com.example:Disks', 'iscsi:iqn.2001-04.com.example:disks'],
  ])('%s is %s', (text, name) => {
    expect(parseTransportName(text)).toBe(name);
  });

  it.each([
    '', 'fc', 'fc:', 'fc:50:06:01:60:41:e0:a1', 'fc:50:06:01:60:41:e0:a1:b2:c3', 'fc:zz',
    'fc::5006016041e0a1b2', 'fcid:0x01020', 'scsi:256', 'scsi:-1', 'scsi:x', 'ip:192.0.2.1',
    'ip:192.0.2.256:1', 'ip:192.0.2.1:65536', 'ip:192.0.2:1', 'ip:2001:db8::1:3260',
    'ip:[2001:db8::g]:1', 'ip:[::1]', 'ip:host:3260', 'rdma:5006016041e0a1b2',
    'eui64:0011223344556677/', 'eui64:0011223344556677/0a0b0c/0', 'sas:1', 'iscsi:disks',
    'toString:5', 'usb:5', ':5',
  ])('%j is no name', (text) => {
    expect(parseTransportName(text)).toBeUndefined();
  });

  it('takes its own examples', () => {
    expect(TRANSPORT_NAME_EXAMPLES.map(parseTransportName)).not.toContain(undefined);
    expect(TRANSPORT_NAME_EXAMPLES).toHaveLength(9);
  });

  it.each([
    ['fc:5006016041e0a1b2', nameOfBytes('fc', bytes('5006016041E0A1B2'))],
    ['fcid:0x000009', fcIdName(9)], ['scsi:7', scsiIdName(7)],
    ['ip:192.0.2.1:3260', ipName(bytes('C0000201'), 3260, 6)],
    ['ip:[2001:db8::1:0:0:1]:3260',
      ipName(bytes('20010DB8 00000000 00010000 00000001'), 3260, 6)],
    ['eui64:0011223344556677/000a0b', directoryName(bytes('0011223344556677'), 0x0a0b)],
  ])('%s is what its bytes are called', (text, name) => {
    expect(name).toBe(parseTransportName(text));
    expect(name).toBeDefined();
  });

  it('names no port of another protocol than TCP', () => {
    expect(ipName(bytes('C0000201'), 3260, 17)).toBeUndefined();
  });
});
