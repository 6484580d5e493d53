import { addressText } from '../iscsi/names.ts';
import { normalizedName } from '../wire/iscsi/names.ts';
import type { Address } from '../ports/network.ts';
import { LUN_MAX } from '../wire/spc/lun.ts';

/** The port that IANA has given to iSCSI. */
const ISCSI_PORT = 3260;

/** A portal, and who wants in. */
export interface PortalUrl {
  readonly portal: Address;
  readonly user: string | undefined;
  readonly secret: string | undefined;
}

/** A logical unit behind a portal. */
export interface UnitUrl extends PortalUrl {
  readonly targetName: string;
  readonly lun: number;
}

/**
 * Reads `iscsi://[user[%secret]@]host[:port]/iqn/lun`.
 *
 * Throws: Error that says what is wrong, without the secret.
 */
export function parseIscsiUrl(url: string): UnitUrl {
  const { authority, path } = split(url);
  const parts = path.split('/');
  const [name, lunText] = parts;
  if (parts.length !== 2 || !name || !lunText) {
    throw wrong(url, 'it must end with a target name and a LUN, as in iscsi://host/iqn.…/0');
  }
  const targetName = normalizedName(name);
  if (targetName === undefined) throw wrong(url, `'${name}' is not an iSCSI name`);
  const lun = /^\d{1,5}$/.test(lunText) ? Number(lunText) : Number.NaN;
  if (!(lun <= LUN_MAX)) {
    throw wrong(url, `the LUN '${lunText}' is not a whole number from 0 to ${LUN_MAX}`);
  }
  return { ...parseAuthority(url, authority), targetName, lun };
}

/** Reads `iscsi://[user[%secret]@]host[:port]`. Throws: Error. */
export function parsePortalUrl(url: string): PortalUrl {
  const { authority, path } = split(url);
  if (path !== '') throw wrong(url, 'a portal has no path, as in iscsi://host:3260');
  return parseAuthority(url, authority);
}

/** The URL without user and secret. */
export const unitUrlText = ({ portal, targetName, lun }: UnitUrl): string =>
  `iscsi://${addressText(portal)}/${targetName}/${lun}`;

function split(url: string): { authority: string; path: string } {
  const match = /^iscsi:\/\/([^/]*)\/?(.*)$/i.exec(url);
  if (match === null) throw wrong(url, 'it does not begin with iscsi://');
  return { authority: match[1]!, path: match[2]! };
}

function parseAuthority(url: string, authority: string): PortalUrl {
  // A secret may hold an @, a host may not.
  const at = authority.lastIndexOf('@');
  const [user, secret] = at < 0 ? [undefined, undefined] : splitOnce(authority.slice(0, at), '%');
  if (user === '') throw wrong(url, 'the user before @ is empty');
  const match = /^(\[[0-9a-fA-F:.%]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(authority.slice(at + 1));
  if (match === null) throw wrong(url, 'host and port must be host, host:port or [IPv6]:port');
  const port = match[2] === undefined ? ISCSI_PORT : Number(match[2]);
  if (port < 1 || port > 65_535) throw wrong(url, `there is no port ${port}`);
  return { portal: { host: match[1]!.replace(/^\[|\]$/g, ''), port }, user, secret };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

const wrong = (url: string, why: string): Error =>
  new Error(`Cannot use the URL ${withoutSecret(url)}: ${why}`);

/** For messages: what stands before the last @ may be a secret. */
const withoutSecret = (url: string): string => url.replace(/\/\/.*@/, '//…@');
