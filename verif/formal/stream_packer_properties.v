// SPDX-License-Identifier: Apache-2.0
//
// What a stream packer promises, from any state behind one cycle of reset, with resets at any time: each
// bit of a row in its place of a memory word, each once and in order, zeros behind the row's end, the
// memory words no later than they are full. An output is what must never happen.
//
// With OWN defined the design's own packer, of words of WordBits, is meant, without it the library's.

`default_nettype none

module stream_packer_properties #(
    parameter WordBits = 1,
    parameter MemoryBits = 8,
    parameter AsyncReset = 0
) (
    input  wire                clk_i,
    input  wire                rst_ni,
    input  wire                word_valid_i,
    input  wire                word_last_i,
    input  wire [WordBits-1:0] word_data_i,
    input  wire                memory_ready_i,
    input  wire                follow_i,        // a bit of the word that is accepted now
    input  wire [7:0]          follow_bit_i,    // which one
    output wire                wrong_word_ready,
    output wire                wrong_memory_valid,  // lost, late, or valid without data
    output wire                wrong_memory_last,
    output wire                wrong_bit,           // changed, or not in its place
    output wire                wrong_padding,
    output wire                changes_while_stalled
);

  localparam CountBits = $clog2(MemoryBits + 2 * WordBits);  // of bits inside, always fewer

  reg started = 0;
  wire rst_n = rst_ni && started;
  always @(posedge clk_i) started <= 1;

  wire word_ready, valid, last;
  wire [MemoryBits-1:0] data;
`ifdef OWN
  `DUT #(.MemoryBits(MemoryBits))
`else
  sparq_stream_packer #(.WordBits(WordBits), .MemoryBits(MemoryBits), .AsyncReset(AsyncReset))
`endif
  dut (.clk_i(clk_i), .rst_ni(rst_n),
       .word_valid_i(word_valid_i), .word_ready_o(word_ready), .word_last_i(word_last_i),
       .word_data_i(word_data_i), .memory_valid_o(valid), .memory_ready_i(memory_ready_i),
       .memory_last_o(last), .memory_data_o(data));

  wire accepted = word_valid_i && word_ready;
  wire delivered = valid && memory_ready_i;

  // Bits of the row that wait, and whether its last word is among them.
  reg [CountBits-1:0] waiting;
  reg ended;
  wire [CountBits-1:0] leave = !delivered ? 0 : waiting < MemoryBits ? waiting : MemoryBits;
  wire row_leaves = delivered && ended && waiting <= MemoryBits;

  // One bit that waits: how many are ahead of it, and its value.
  reg following;
  reg [CountBits-1:0] ahead;
  reg value;
  wire follow = follow_i && accepted && !following && follow_bit_i < WordBits;

  reg stalled;
  reg stalled_last;
  reg [MemoryBits-1:0] stalled_data;

  always @(posedge clk_i) begin
    stalled_last <= last;
    stalled_data <= data;
    if (follow) begin
      ahead <= waiting - leave + follow_bit_i;
      value <= word_data_i >> follow_bit_i;
    end else begin
      ahead <= ahead - leave;
    end
    if (!rst_n) begin
      waiting <= 0;
      ended <= 0;
      following <= 0;
      stalled <= 0;
    end else begin
      waiting <= waiting - leave + (accepted ? WordBits : 0);
      ended <= accepted ? word_last_i : ended && !row_leaves;
      following <= follow || (following && ahead >= leave);
      stalled <= valid && !memory_ready_i;
    end
  end

  // Bits of a memory word behind the row's end.
  wire [MemoryBits-1:0] behind = waiting < MemoryBits ? {MemoryBits{1'b1}} << waiting : 0;
  wire [MemoryBits-1:0] followed = data >> ahead;

  assign wrong_word_ready = rst_n && word_ready != (!ended && waiting < MemoryBits + WordBits);
  assign wrong_memory_valid = rst_n && valid != (ended || waiting >= MemoryBits);
  assign wrong_memory_last = rst_n && valid && last != (ended && waiting <= MemoryBits);
  assign wrong_bit = rst_n && valid && following && ahead < MemoryBits && followed[0] != value;
  assign wrong_padding = rst_n && valid && (data & behind) != 0;
  assign changes_while_stalled =
      rst_n && stalled && (!valid || last != stalled_last || data != stalled_data);

endmodule

`default_nettype wire
