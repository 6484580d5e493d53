/** How much is measured. */
export interface Sizes {
  /** Of the disk that is copied to tape; a multiple of 4 MiB. */
  readonly diskBytes: number;
  readonly planExtents: number;
  /** Of the disk that is read and written over iSCSI; a multiple of 4 MiB. */
  readonly servedBytes: number;
  readonly smallRequests: number;
  readonly largeRequests: number;
  readonly starts: number;
  /** Rounds of those rows that take minutes each. */
  readonly slowPairsMax: number;
}

const [MIB, GIB] = [1024 ** 2, 1024 ** 3];

export const FULL: Sizes = {
  diskBytes: 4 * GIB, planExtents: 10_000_000, servedBytes: GIB, smallRequests: 100_000,
  largeRequests: 8192, starts: 9, slowPairsMax: 3,
};

/** To try it: the figures are rough. */
export const QUICK: Sizes = {
  diskBytes: 256 * MIB, planExtents: 1_000_000, servedBytes: 64 * MIB, smallRequests: 10_000,
  largeRequests: 512, starts: 3, slowPairsMax: 2,
};
