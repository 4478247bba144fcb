// SPDX-License-Identifier: Apache-2.0
//
// Packs rows of words into memory words: least significant bit first, without a gap. A row begins
// with a new memory word and is padded with zero bits to the end of its last one.
//
// While nobody stalls and WordBits <= MemoryBits, a row's words are taken in consecutive cycles,
// the next row's after a pause of 1 or 2 cycles, in which the row leaves. Outputs follow registers
// only.
//
// Latency: 1 cycle from the word that completes a memory word, or ends a row.

`default_nettype none

module sparq_stream_packer #(
    parameter WordBits   = 16, // bits, >= 1
    parameter MemoryBits = 32, // bits of a memory word, a multiple of 8
    parameter AsyncReset = 0   // 1: rst_ni acts at once, 0: at the clock edge
) (
    input  wire                  clk_i,
    input  wire                  rst_ni,         // active low
    input  wire                  word_valid_i,
    output wire                  word_ready_o,
    input  wire                  word_last_i,    // the last word of its row
    input  wire [WordBits-1:0]   word_data_i,
    output wire                  memory_valid_o,
    input  wire                  memory_ready_i,
    output wire                  memory_last_o,  // the last memory word of its row
    output wire [MemoryBits-1:0] memory_data_o
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

  // Room for an unfinished memory word and two words: one may arrive before the other has left.
  localparam Capacity = MemoryBits + 2 * WordBits - 1;
  localparam CountBits = bits_for(Capacity);
  localparam [CountBits-1:0] Word = WordBits[CountBits-1:0];
  localparam [CountBits-1:0] Memory = MemoryBits[CountBits-1:0];
  localparam [CountBits-1:0] None = 0;

  reg  [Capacity-1:0]  bits_q;   // bit 0 leaves first; not reset: meaningless while count_q is 0,
                                 // otherwise zero from bit count_q upwards
  wire [CountBits-1:0] count_q;  // bits inside
  wire                 last_q;   // they end a row

  assign word_ready_o   = !last_q && (count_q < Memory + Word);
  assign memory_valid_o = last_q || (count_q >= Memory);
  assign memory_last_o  = last_q && (count_q <= Memory);
  assign memory_data_o  = bits_q[MemoryBits-1:0];

  wire take = word_valid_i && word_ready_o;
  wire give = memory_valid_o && memory_ready_i;

  // What stays, and the new word above it.
  wire [CountBits-1:0] count_kept = !give ? count_q : memory_last_o ? None : count_q - Memory;
  wire [Capacity-1:0]  bits_kept  = count_kept == None ? {Capacity{1'b0}}
                                  : give ? bits_q >> MemoryBits : bits_q;
  wire [Capacity-1:0]  word       = {{(Capacity - WordBits) {1'b0}}, word_data_i};

  wire [CountBits-1:0] count_d = take ? count_kept + Word : count_kept;
  wire                 last_d  = take ? word_last_i : last_q && !(give && memory_last_o);

  sparq_control_register #(
      .Width     (CountBits + 1),
      .AsyncReset(AsyncReset)
  ) u_control (
      .clk_i   (clk_i),
      .rst_ni  (rst_ni),
      .enable_i(1'b1),
      .data_i  ({count_d, last_d}),
      .data_o  ({count_q, last_q})
  );

  always @(posedge clk_i) begin
    bits_q <= take ? bits_kept | (word << count_kept) : bits_kept;
  end

endmodule

`default_nettype wire
