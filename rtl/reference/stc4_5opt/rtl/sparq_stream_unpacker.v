// SPDX-License-Identifier: Apache-2.0
//
// Gives back the words that sparq_stream_packer packed. A row has row_words_i words; what is left
// of its last memory word is padding, which is dropped unseen.
//
// A memory word is taken only when the row needs bits of it for the next two words, so that none of
// another row is inside. While nobody stalls and WordBits <= MemoryBits, a row's words come in
// consecutive cycles, the next row's after a pause of 1. Outputs follow registers and row_words_i
// only.
//
// Latency: 1 cycle from the memory word that completes a word.

`default_nettype none

module sparq_stream_unpacker #(
    parameter WordBits   = 16, // bits, >= 1
    parameter MemoryBits = 32, // bits of a memory word, a multiple of 8
    parameter LengthBits = 16, // bits of row_words_i, >= 1
    parameter AsyncReset = 0   // 1: rst_ni acts at once, 0: at the clock edge
) (
    input  wire                  clk_i,
    input  wire                  rst_ni,         // active low
    input  wire [LengthBits-1:0] row_words_i,    // words in a row (0: 2^LengthBits); steady from
                                                 // its first memory word to its last word
    input  wire                  memory_valid_i,
    output wire                  memory_ready_o,
    input  wire [MemoryBits-1:0] memory_data_i,
    output wire                  word_valid_o,
    input  wire                  word_ready_i,
    output wire                  word_last_o,    // the last word of its row
    output wire [WordBits-1:0]   word_data_o
);

  generate
    if (WordBits < 1) begin : gen_bad_word_bits
      sparq_error_word_bits_must_be_at_least_1 u_error ();
    end
    if (MemoryBits < 8) begin : gen_bad_memory_bits
      sparq_error_memory_bits_must_be_at_least_8 u_error ();
    end
    if (MemoryBits >= 8 && MemoryBits % 8 != 0) begin : gen_uneven_memory_bits
      sparq_error_memory_bits_must_be_a_multiple_of_8 u_error ();
    end
    if (LengthBits < 1) begin : gen_bad_length_bits
      sparq_error_length_bits_must_be_at_least_1 u_error ();
    end
    if (AsyncReset < 0) begin : gen_bad_async_reset
      sparq_error_async_reset_must_not_be_negative u_error ();
    end
  endgenerate

  function integer bits_for(input integer value);
    integer left;
    begin
      bits_for = 1;
      for (left = value >> 1; left > 0; left = left >> 1) bits_for = bits_for + 1;
    end
  endfunction

  // Room for two words that lack a bit, and the memory word that brings it.
  localparam Capacity = MemoryBits + 2 * WordBits - 1;
  localparam CountBits = bits_for(Capacity);
  localparam [CountBits-1:0] Word = WordBits[CountBits-1:0];
  localparam [CountBits-1:0] Memory = MemoryBits[CountBits-1:0];
  localparam [CountBits-1:0] None = 0;
  localparam [LengthBits-1:0] First = 0;
  localparam [LengthBits-1:0] One = 1;

  reg  [Capacity-1:0]   bits_q;   // bit 0 leaves first; not reset: meaningless while count_q is 0,
                                  // otherwise zero from bit count_q upwards
  wire [CountBits-1:0]  count_q;  // bits inside
  wire [LengthBits-1:0] index_q;  // of the word to leave next, in its row

  wire last = index_q == row_words_i - One;

  assign memory_ready_o = count_q < (last ? Word : Word + Word);
  assign word_valid_o   = count_q >= Word;
  assign word_last_o    = last;
  assign word_data_o    = bits_q[WordBits-1:0];

  wire take = memory_valid_i && memory_ready_o;
  wire give = word_valid_o && word_ready_i;

  // What stays, and the new memory word above it. Behind a row's last word there is only padding.
  wire [CountBits-1:0] count_kept = !give ? count_q : last ? None : count_q - Word;
  wire [Capacity-1:0]  bits_kept  = count_kept == None ? {Capacity{1'b0}}
                                  : give ? bits_q >> WordBits : bits_q;
  wire [Capacity-1:0]  memory     = {{(Capacity - MemoryBits) {1'b0}}, memory_data_i};

  wire [CountBits-1:0]  count_d = take ? count_kept + Memory : count_kept;
  wire [LengthBits-1:0] index_d = !give ? index_q : last ? First : index_q + One;

  sparq_control_register #(
      .Width     (CountBits + LengthBits),
      .AsyncReset(AsyncReset)
  ) u_control (
      .clk_i   (clk_i),
      .rst_ni  (rst_ni),
      .enable_i(1'b1),
      .data_i  ({count_d, index_d}),
      .data_o  ({count_q, index_q})
  );

  always @(posedge clk_i) begin
    bits_q <= take ? bits_kept | (memory << count_kept) : bits_kept;
  end

endmodule

`default_nettype wire
