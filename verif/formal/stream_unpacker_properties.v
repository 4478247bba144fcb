// SPDX-License-Identifier: Apache-2.0
//
// What a stream unpacker promises, from any state behind one cycle of reset, with resets at any time:
// each bit of a row in its place of a word, each once and in order, what is behind the row's last word
// dropped, and no memory word taken that the next two words of its row do not need. An output is what
// must never happen.
//
// With OWN defined the design's own unpacker, to words of WordBits, is meant, without it the library's.

`default_nettype none

module stream_unpacker_properties #(
    parameter WordBits = 1,
    parameter MemoryBits = 8,
    parameter LengthBits = 2,
    parameter AsyncReset = 0
) (
    input  wire                  clk_i,
    input  wire                  rst_ni,
    input  wire [LengthBits-1:0] row_words_i,     // of the next row
    input  wire                  memory_valid_i,
    input  wire [MemoryBits-1:0] memory_data_i,
    input  wire                  word_ready_i,
    input  wire                  follow_i,        // a bit of the memory word that is taken now
    input  wire [7:0]            follow_bit_i,    // which one
    output wire                  wrong_memory_ready,
    output wire                  wrong_word_valid,
    output wire                  wrong_word_last,
    output wire                  wrong_bit,
    output wire                  changes_while_stalled
);

  localparam CountBits = $clog2(MemoryBits + 2 * WordBits);  // of bits inside, always fewer

  reg started = 0;
  wire rst_n = rst_ni && started;
  always @(posedge clk_i) started <= 1;

  // The row's length is steady from its first memory word to its last word.
  reg [CountBits-1:0] waiting;                // bits of the row, and what is behind it in its memory word
  reg [LengthBits:0] left;           // words of the row that have not left, when any has begun
  reg begun;
  reg [LengthBits-1:0] row_words_q;
  wire [LengthBits-1:0] row_words = begun ? row_words_q : row_words_i;
  wire [LengthBits:0] length = row_words == 0 ? 1 << LengthBits : row_words;
  wire [LengthBits:0] left_now = begun ? left : length;

  wire memory_ready, valid, last;
  wire [WordBits-1:0] data;
`ifdef OWN
  `DUT #(.MemoryBits(MemoryBits), .LengthBits(LengthBits))
`else
  sparq_stream_unpacker #(.WordBits(WordBits), .MemoryBits(MemoryBits), .LengthBits(LengthBits),
                          .AsyncReset(AsyncReset))
`endif
  dut (.clk_i(clk_i), .rst_ni(rst_n), .row_words_i(row_words),
       .memory_valid_i(memory_valid_i), .memory_ready_o(memory_ready),
       .memory_data_i(memory_data_i), .word_valid_o(valid), .word_ready_i(word_ready_i),
       .word_last_o(last), .word_data_o(data));

  wire taken = memory_valid_i && memory_ready;
  wire delivered = valid && word_ready_i;
  wire row_leaves = delivered && left_now == 1;
  wire [CountBits-1:0] stays = row_leaves ? 0 : delivered ? waiting - WordBits : waiting;

  // One bit that waits: how many are ahead of it, and its value.
  reg following;
  reg [CountBits-1:0] ahead;
  reg value;
  wire follow = follow_i && taken && !following && follow_bit_i < MemoryBits;

  reg stalled;
  reg stalled_last;
  reg [WordBits-1:0] stalled_data;

  always @(posedge clk_i) begin
    row_words_q <= row_words;
    stalled_last <= last;
    stalled_data <= data;
    if (follow) begin
      ahead <= stays + follow_bit_i;
      value <= memory_data_i >> follow_bit_i;
    end else if (delivered) begin
      ahead <= ahead - WordBits;
    end
    left <= left_now - delivered;
    if (!rst_n) begin
      waiting <= 0;
      begun <= 0;
      following <= 0;
      stalled <= 0;
    end else begin
      waiting <= stays + (taken ? MemoryBits : 0);
      begun <= (begun || taken) && !row_leaves;
      following <= follow || (following && !row_leaves && !(delivered && ahead < WordBits));
      stalled <= valid && !word_ready_i;
    end
  end

  wire [WordBits-1:0] followed = data >> ahead;

  assign wrong_memory_ready =
      rst_n && memory_ready != (waiting < (left_now == 1 ? WordBits : 2 * WordBits));
  assign wrong_word_valid = rst_n && valid != (waiting >= WordBits);
  assign wrong_word_last = rst_n && valid && last != (left_now == 1);
  assign wrong_bit = rst_n && valid && following && ahead < WordBits && followed[0] != value;
  assign changes_while_stalled =
      rst_n && stalled && (!valid || last != stalled_last || data != stalled_data);

endmodule

`default_nettype wire
