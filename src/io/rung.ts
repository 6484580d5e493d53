import type { NodeFile } from './node-file.ts';

/** Both ends of a move as the kernel sees them; they are held open. */
export interface HostEnds {
  readonly source: NodeFile;
  readonly destination: NodeFile;
  readonly sourceFd: number;
  readonly destinationFd: number;
}

/** Why a rung does not hold for these files; undefined if it has taken every byte it was given. */
export type Refusal = string | undefined;
