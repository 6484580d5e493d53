import { describe, expect, it } from 'vitest';
import { checkAccess, parseAccessSpec, readAccessRule } from '../../src/app/access-specs.ts';
import type { UnitConfig } from '../../src/target/target-config.ts';

const IQN = 'iqn.2020-01.test:host';
const units: UnitConfig[] = [
  { kind: 'tape', name: 'tape', path: undefined, capacityBytes: undefined }];

describe('access rules', () => {
  it('are read from the text of a flag', () => {
    expect(parseAccessSpec(IQN.toUpperCase())).toEqual({ initiatorName: IQN, luns: undefined });
    expect(parseAccessSpec('*=0:disk-a,7:tape')).toEqual(
      { initiatorName: '*', luns: new Map([[0, 'disk-a'], [7, 'tape']]) });
  });

  it('are read from the configuration', () => {
    expect(readAccessRule({ initiator: IQN, luns: { 0: 'disk-a' } })).toEqual(
      { initiatorName: IQN, luns: new Map([[0, 'disk-a']]) });
    expect(readAccessRule({ initiator: '*' })).toEqual({ initiatorName: '*', luns: undefined });
    expect(readAccessRule('*=1:tape').luns).toEqual(new Map([[1, 'tape']]));
  });

  it.each([
    ['disk', 'iSCSI name'], [`${IQN}=`, 'LUN:UNIT'], [`${IQN}=a`, 'LUN:UNIT'],
    [`${IQN}=x:a`, "LUN 'x'"], [`${IQN}=16384:a`, '16384'], [`${IQN}=0:a,0:b`, 'LUN 0 is given'],
    [`${IQN}=0:a,1:a`, 'a is given twice'], [`${IQN}=0:a=1`, 'second ='],
  ])('refuse the text %s', (text, why) => {
    expect(() => parseAccessSpec(text)).toThrow(`Cannot read --acl '${text}': `);
    expect(() => parseAccessSpec(text)).toThrow(why);
  });

  it.each<[unknown, string]>([
    [7, 'not an object'], [[], 'not an object'], [{}, 'the initiator is missing'],
    [{ initiator: IQN, lun: 0 }, "'lun'"], [{ initiator: IQN, luns: [] }, 'luns is not'],
    [{ initiator: IQN, luns: { 0: 1 } }, 'LUN 0'], [{ initiator: IQN, luns: { a: 'b' } }, "'a'"],
  ])('refuse the object %j', (json, why) => {
    expect(() => readAccessRule(json)).toThrow(why);
  });

  it('name units that there are, and each initiator once', () => {
    checkAccess([parseAccessSpec('*=5:tape'), parseAccessSpec(IQN)], units);
    expect(() => checkAccess([parseAccessSpec('*=5:disk')], units)).toThrow("'disk'");
    expect(() => checkAccess([parseAccessSpec(IQN), parseAccessSpec(IQN)], units))
      .toThrow('given twice');
  });
});
