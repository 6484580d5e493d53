import { describe, expect, it } from 'vitest';
import { parseIscsiUrl, parsePortalUrl, unitUrlText } from '../../src/initiator/url.ts';

const IQN = 'iqn.2020-01.test:disk';

describe('iSCSI URLs', () => {
  it.each([
    [`iscsi://host/${IQN}/0`, 'host', 3260, undefined, undefined, 0],
    [`iscsi://10.0.0.1:860/${IQN}/16383`, '10.0.0.1', 860, undefined, undefined, 16_383],
    [`iscsi://[::1]:3261/${IQN}/7`, '::1', 3261, undefined, undefined, 7],
    [`iscsi://me@host/${IQN}/1`, 'host', 3260, 'me', undefined, 1],
    [`iscsi://me%p@ss%word@host/${IQN}/1`, 'host', 3260, 'me', 'p@ss%word', 1],
    [`ISCSI://host/${IQN.toUpperCase()}/1`, 'host', 3260, undefined, undefined, 1],
  ])('reads %s', (url, host, port, user, secret, lun) => {
    expect(parseIscsiUrl(url)).toEqual(
      { portal: { host, port }, user, secret, lun, targetName: IQN });
  });

  it.each([
    ['/dev/sg3', 'does not begin with iscsi://'], ['iscsi://host', 'target name and a LUN'],
    [`iscsi://host/${IQN}`, 'target name and a LUN'],
    [`iscsi://host/${IQN}/0/1`, 'target name and a LUN'],
    ['iscsi://host/disk/0', "'disk' is not an iSCSI name"],
    [`iscsi://host/${IQN}/x`, "LUN 'x'"], [`iscsi://host/${IQN}/16384`, "LUN '16384'"],
    [`iscsi:///${IQN}/0`, 'host and port'], [`iscsi://host:x/${IQN}/0`, 'host and port'],
    [`iscsi://host:0/${IQN}/0`, 'no port 0'], [`iscsi://host:65536/${IQN}/0`, 'no port 65536'],
    [`iscsi://@host/${IQN}/0`, 'user before @'], [`iscsi://::1/${IQN}/0`, 'host and port'],
  ])('refuses %s, saying why', (url, why) => {
    expect(() => parseIscsiUrl(url)).toThrow(why);
    expect(() => parseIscsiUrl(url)).toThrow(/^Cannot use the URL /);
  });

  it.each([
    `iscsi://me%s?c@host/${IQN}/1?target_user=you&target_password=x=y@z`,
    `iscsi://host/${IQN}/1?target_password=x=y@z&target_user=you`,
  ])('reads what the target has to prove in %s', (url) => {
    expect(parseIscsiUrl(url)).toMatchObject(
      { targetUser: 'you', targetSecret: 'x=y@z', targetName: IQN, portal: { host: 'host' } });
  });

  it('reads the same behind a portal', () => {
    expect(parsePortalUrl('iscsi://me%?s@host:1?target_user=you')).toMatchObject(
      { portal: { host: 'host', port: 1 }, user: 'me', secret: '?s', targetUser: 'you' });
    expect(parsePortalUrl('iscsi://host/?target_user=you').targetUser).toBe('you');
  });

  it.each(['?x=1', '?target_user=', '?target_user=a&target_user=b',
    '?target_password=topsecret&x'])(
    'refuses the parameters %s, without telling a secret', (query) => {
      expect(() => parseIscsiUrl(`iscsi://host/${IQN}/1${query}`)).toThrow(
        `Cannot use the URL iscsi://host/${IQN}/1?…: after the question mark`);
    });

  it('keeps the secret out of messages and of the text of a URL', () => {
    const wrong = `iscsi://me%topsecret@host/${IQN}/x`;
    expect(() => parseIscsiUrl(wrong)).toThrow(expect.objectContaining(
      { message: expect.not.stringContaining('topsecret') }));
    expect(unitUrlText(parseIscsiUrl(`iscsi://me%topsecret@[::1]/${IQN}/3`)))
      .toBe(`iscsi://[::1]:3260/${IQN}/3`);
  });

  it('reads a portal, and refuses one with a path', () => {
    expect(parsePortalUrl('iscsi://me%x@host:1/')).toEqual(
      { portal: { host: 'host', port: 1 }, user: 'me', secret: 'x' });
    expect(() => parsePortalUrl(`iscsi://host/${IQN}/0`)).toThrow('a portal has no path');
  });
});
