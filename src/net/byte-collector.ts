/** Gathers bytes that come in pieces of any size, in memory of about their own. */

const PAGE_BYTES = 16_384;

/**
 * A piece is copied and not kept: it may be one byte and hold on to the whole read that it came with, so that a body in
 * pieces of one byte would take hundreds of times its length.
 */
export class ByteCollector {
  readonly #full: Uint8Array[] = [];
  #page = new Uint8Array(0);
  #used = 0;

  add(piece: Uint8Array): void {
    const room = this.#page.length - this.#used;
    this.#page.set(piece.subarray(0, room), this.#used);
    this.#used += Math.min(room, piece.length);
    if (piece.length <= room) return;
    this.#full.push(this.#page);
    this.#page = new Uint8Array(Math.max(PAGE_BYTES, piece.length - room));
    this.#page.set(piece.subarray(room));
    this.#used = piece.length - room;
  }

  whole(): Uint8Array {
    return Buffer.concat([...this.#full, this.#page.subarray(0, this.#used)]);
  }
}
