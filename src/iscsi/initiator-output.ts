import type { KeyValue } from '../wire/iscsi/keys.ts';

/** A command for a logical unit. It moves data one way at the most. */
export interface InitiatorCommand {
  readonly lun: number;
  readonly cdb: Uint8Array;
  readonly dataOut: Uint8Array;
  /** Room for data from the target, in bytes. */
  readonly dataInBytes: number;
}

/** How a command ended. */
export interface CommandAnswer {
  /** SCSI status code. */
  readonly status: number;
  readonly dataIn: readonly Uint8Array[];
  readonly sense: Uint8Array;
}

/** What the owner of an initiator connection has to do, or learns, in this order. */
export type InitiatorOutput =
  | { readonly kind: 'send'; readonly parts: readonly Uint8Array[] }
  | { readonly kind: 'loggedIn' }
  | { readonly kind: 'answered'; readonly tag: number; readonly answer: CommandAnswer }
  /** The command ended without a SCSI status. */
  | { readonly kind: 'failed'; readonly tag: number; readonly reason: string }
  /** The command was aborted, as asked for. */
  | { readonly kind: 'aborted'; readonly tag: number }
  /** The whole answer to a text request. */
  | { readonly kind: 'text'; readonly pairs: readonly KeyValue[] }
  /** Close the connection: nothing more comes. `reason` is undefined after a logout of ours. */
  | { readonly kind: 'close'; readonly reason: string | undefined };
