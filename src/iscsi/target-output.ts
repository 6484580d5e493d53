import type { Command } from '../sam/command.ts';
import type { Room } from './send-memory.ts';
import type { LoggedIn } from './target-login.ts';

/** What the owner of a target connection has to do, in this order. */
export type TargetOutput =
  /** Send the parts one behind another; they lie in `room`, if any, until they have been sent. */
  | {
    readonly kind: 'send'; readonly parts: readonly Uint8Array[]; readonly room: Room | undefined;
  }
  /** Decide on a login; `admit` or `refuse` of the connection goes on. */
  | { readonly kind: 'login'; readonly loggedIn: LoggedIn }
  /** Run a command with all its data; `complete` takes the outcome. */
  | {
    readonly kind: 'run'; readonly tag: number;
    /** Undefined if the LUN cannot name a logical unit here. */
    readonly lun: number | undefined;
    readonly command: ReceivedCommand;
  }
  /** Carry a function out; `managed` takes the response. */
  | { readonly kind: 'manage'; readonly request: ManagementRequest }
  /** End the tasks of the session, or of this connection alone; then `loggedOut`. */
  | { readonly kind: 'logout'; readonly closesSession: boolean }
  /** End another connection of the session; `removed` takes whether it was there. */
  | { readonly kind: 'remove'; readonly tag: number; readonly cid: number }
  /** Close the connection when everything has been sent. */
  | { readonly kind: 'close'; readonly reason: string };

export type ReceivedCommand = Required<Omit<Command, 'nexus' | 'signal'>>;

export interface ManagementRequest {
  /** Names the request in `managed`. */
  readonly tag: number;
  /** As TASK_FUNCTION has it. */
  readonly function: number;
  readonly lun: number | undefined;
  readonly referencedTag: number;
  /** Tasks that had not become a `run` yet, and are gone now. */
  readonly droppedCount: number;
  /** Tasks of the nexus that the function is about, running or not; after the drop. */
  readonly taskCount: number;
  /** The functions of RFC 7144 may be asked for. */
  readonly allowsQueries: boolean;
}
