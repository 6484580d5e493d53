import { describe, expect, it } from 'vitest';
import { Negotiation, NegotiationError } from '../../src/iscsi/negotiation.ts';

const TARGET_WISHES = {
  HeaderDigest: 'None,CRC32C', InitialR2T: 'No', MaxBurstLength: '1048576',
  FirstBurstLength: '262144', MaxOutstandingR2T: '4', DefaultTime2Retain: '0',
} as const;
const answersTo = (...pairs: [string, string][]) => new Negotiation(TARGET_WISHES).take(pairs);

describe('answers to offers (RFC 7143 13)', () => {
  it.each([
    ['HeaderDigest', 'CRC32C,None', 'CRC32C'], ['HeaderDigest', 'None,CRC32C', 'None'],
    ['HeaderDigest', 'CRC32C', 'CRC32C'], ['HeaderDigest', 'MD5', 'Reject'],
    ['DataDigest', 'CRC32C', 'Reject'], ['MaxConnections', '8', '1'],
    ['InitialR2T', 'Yes', 'Yes'], ['InitialR2T', 'No', 'No'], ['InitialR2T', 'yes', 'Reject'],
    ['ImmediateData', 'Yes', 'Yes'], ['ImmediateData', 'No', 'No'],
    ['MaxBurstLength', '16776192', '1048576'], ['MaxBurstLength', '0x10000', '65536'],
    ['MaxBurstLength', '511', 'Reject'], ['MaxBurstLength', 'much', 'Reject'],
    ['DefaultTime2Wait', '0', '2'], ['DefaultTime2Wait', '5', '5'],
    ['DefaultTime2Retain', '20', '0'], ['MaxOutstandingR2T', '16', '4'],
    ['DataPDUInOrder', 'No', 'Yes'], ['DataSequenceInOrder', 'No', 'Yes'],
    ['ErrorRecoveryLevel', '2', '0'], ['TaskReporting', 'RFC3720,FastAbort', 'RFC3720'],
    ['iSCSIProtocolLevel', '2', '1'], ['IFMarker', 'Yes', 'No'], ['OFMarkInt', '2048', 'Reject'],
    ['RDMAExtensions', 'Yes', 'No'], ['X-com.example.key', '1', 'NotUnderstood'],
  ])('%s=%s is answered %s', (key, offered, answer) => {
    expect(answersTo([key, offered])).toEqual([[key, answer]]);
  });

  it('keeps FirstBurstLength within MaxBurstLength, in whatever order they come', () => {
    expect(answersTo(['FirstBurstLength', '262144'], ['MaxBurstLength', '8192'])).toEqual(
      [['MaxBurstLength', '8192'], ['FirstBurstLength', '8192']]);
    const silent = new Negotiation(TARGET_WISHES);
    silent.take([['MaxBurstLength', '4096']]);
    expect(silent.parameters().firstBurstBytes).toBe(4096);
  });

  it('takes a declaration without answering it', () => {
    const negotiation = new Negotiation(TARGET_WISHES);
    expect(negotiation.take([['MaxRecvDataSegmentLength', '65536']])).toEqual([]);
    expect(negotiation.parameters().sendSegmentBytes).toBe(65_536);
  });

  it.each(['0', '511', '16777216', 'all'])('refuses MaxRecvDataSegmentLength=%s', (value) => {
    expect(() => answersTo(['MaxRecvDataSegmentLength', value])).toThrow(NegotiationError);
  });

  it('holds the standard values of keys that nobody names', () => {
    expect(new Negotiation({}).parameters()).toEqual({
      headerDigest: false, dataDigest: false, initialR2T: true, immediateData: true,
      maxBurstBytes: 262_144, firstBurstBytes: 65_536, maxOutstandingR2T: 1,
      maxConnections: 1, protocolLevel: 1, time2WaitSeconds: 2,
      time2RetainSeconds: 20, sendSegmentBytes: 8_192, receiveSegmentBytes: 8_192 });
  });

  it('declares its own longest segment once', () => {
    const negotiation = new Negotiation({});
    expect(negotiation.declare()).toEqual([['MaxRecvDataSegmentLength', '262144']]);
    expect(negotiation.declare()).toEqual([]);
    expect(negotiation.parameters().receiveSegmentBytes).toBe(262_144);
  });
});

describe('answers to our offers', () => {
  const offering = (wishes: ConstructorParameters<typeof Negotiation>[0]): Negotiation => {
    const negotiation = new Negotiation(wishes);
    negotiation.offer(['HeaderDigest', 'MaxBurstLength', 'InitialR2T']);
    return negotiation;
  };

  it('take effect, and are not answered again', () => {
    const negotiation = offering(
      { HeaderDigest: 'CRC32C,None', MaxBurstLength: '1048576', InitialR2T: 'No' });
    expect(negotiation.take([['HeaderDigest', 'CRC32C'], ['MaxBurstLength', '262144'],
      ['InitialR2T', 'Yes']])).toEqual([]);
    expect(negotiation.parameters()).toMatchObject(
      { headerDigest: true, maxBurstBytes: 262_144, initialR2T: true });
  });

  it('may say that there is no result: the standard value holds', () => {
    const negotiation = offering({ HeaderDigest: 'None' });
    negotiation.take([['MaxBurstLength', 'Irrelevant'], ['HeaderDigest', 'NotUnderstood']]);
    expect(negotiation.parameters()).toMatchObject({ headerDigest: false, maxBurstBytes: 262_144 });
  });

  it.each([['None', 'CRC32C'], ['CRC32C', 'Reject'], ['CRC32C', 'None']])(
    'fail if %s was offered and %s is chosen', (offered, chosen) => {
      expect(() => offering({ HeaderDigest: offered }).take([['HeaderDigest', chosen]]))
        .toThrow(NegotiationError);
    });
});
