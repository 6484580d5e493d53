/** Byte streams between two ends; `io/` implements it with TCP. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What a stream tells its owner. None of them is called after `closed`. */
export interface StreamEvents {
  received(bytes: Buffer): void;
  /** Everything written before has left this process: the owner may produce more. */
  drained(): void;
  closed(error: Error | undefined): void;
}

export interface ByteStream {
  readonly local: Address;
  readonly remote: Address;
  /**
   * Sends the parts, one or more, in order, as one gathered write. False: it is time to wait for
   * `drained`. `sent` is called once they are not needed any more, but perhaps not when it closes.
   */
  send(parts: readonly Uint8Array[], sent?: () => void): boolean;
  /** Stops and restarts calls of `received`, so that the peer is held back. */
  pause(): void;
  resume(): void;
  /** Sends what is pending, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
  /** Bytes so far, as the socket counts them. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export interface Listener {
  readonly address: Address;
  close(): Promise<void>;
}

export interface Network {
  /** Throws: Error whose message names the address and what is wrong with it (busy port, …). */
  listen(address: Address, accept: (stream: ByteStream) => StreamEvents): Promise<Listener>;
  connect(address: Address, events: (stream: ByteStream) => StreamEvents): Promise<ByteStream>;
}
