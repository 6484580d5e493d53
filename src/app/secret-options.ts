/** The flags by which a client gives secrets: its own, and that of the target (mutual CHAP). */
import { Option } from 'commander';
import type { ConnectOptions } from '../initiator/connect.ts';
import { mutualSecretOf, secretOf } from './addresses.ts';

export interface SecretOptions {
  readonly secretFile?: string;
  readonly mutualUser?: string;
  readonly mutualSecretFile?: string;
}

export const secretOption = (): Option => new Option('--secret-file <file>',
  'the CHAP secret of the user in the URLs (or set SERVERFREE_SECRET)');
export const mutualUserOption = (): Option => new Option('--mutual-user <name>',
  'who the targets have to prove to be (or set SERVERFREE_MUTUAL_USER)');
export const mutualSecretOption = (): Option => new Option('--mutual-secret-file <file>',
  'the CHAP secret of --mutual-user (or set SERVERFREE_MUTUAL_SECRET)');

/** What the flags and the environment say. Throws: UsageError, UserError. */
export function connectOptionsOf(options: SecretOptions): ConnectOptions {
  const secret = options.secretFile === undefined ? process.env['SERVERFREE_SECRET']
    : secretOf(options.secretFile, 'the secret');
  const targetUser = options.mutualUser ?? process.env['SERVERFREE_MUTUAL_USER'];
  const targetSecret = targetUser === undefined ? process.env['SERVERFREE_MUTUAL_SECRET']
    : mutualSecretOf(options.mutualSecretFile, `--mutual-user ${targetUser}`);
  return {
    ...(secret === undefined ? {} : { secret }),
    ...(targetUser === undefined ? {} : { targetUser }),
    ...(targetSecret === undefined ? {} : { targetSecret }),
  };
}
