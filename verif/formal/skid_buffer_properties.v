// SPDX-License-Identifier: Apache-2.0
//
// What sparq_skid_buffer promises, from any state behind one cycle of reset, with resets at any time:
// words leave in order, each once, at once unless the consumer stalls. An output is what must never
// happen.

`default_nettype none

module skid_buffer_properties #(
    parameter Width = 2,
    parameter AsyncReset = 0
) (
    input  wire             clk_i,
    input  wire             rst_ni,
    input  wire             in_valid_i,
    input  wire [Width-1:0] in_data_i,
    input  wire             out_ready_i,
    input  wire             follow_i,              // the word that is accepted now
    output wire             holds_more_than_a_word,
    output wire             wrong_in_ready,
    output wire             wrong_out_valid,       // lost, or valid without a word
    output wire             wrong_word,            // changed, or out of order
    output wire             changes_while_stalled
);

  reg started = 0;
  wire rst_n = rst_ni && started;
  always @(posedge clk_i) started <= 1;

  wire in_ready, out_valid;
  wire [Width-1:0] out_data;
  sparq_skid_buffer #(.Width(Width), .AsyncReset(AsyncReset)) dut (
      .clk_i(clk_i), .rst_ni(rst_n),
      .in_valid_i(in_valid_i), .in_ready_o(in_ready), .in_data_i(in_data_i),
      .out_valid_o(out_valid), .out_ready_i(out_ready_i), .out_data_o(out_data));

  wire accepted = in_valid_i && in_ready;
  wire delivered = out_valid && out_ready_i;

  // Words inside, and one of them followed: how many are ahead of it, and its value.
  reg [2:0] inside;
  reg following;
  reg [2:0] ahead;
  reg [Width-1:0] word;
  wire [2:0] ahead_now = following ? ahead : inside;
  wire [Width-1:0] word_now = following ? word : in_data_i;
  wire concerned = following || (accepted && follow_i);
  reg stalled;
  reg [Width-1:0] stalled_data;

  always @(posedge clk_i) begin
    ahead <= ahead_now - delivered;
    word <= word_now;
    stalled_data <= out_data;
    if (!rst_n) begin
      inside <= 0;
      following <= 0;
      stalled <= 0;
    end else begin
      inside <= inside + accepted - delivered;
      following <= concerned && !(delivered && ahead_now == 0);
      stalled <= out_valid && !out_ready_i;
    end
  end

  assign holds_more_than_a_word = rst_n && inside > 1;
  assign wrong_in_ready = rst_n && in_ready != (inside == 0);
  assign wrong_out_valid = rst_n && out_valid != (inside != 0 || in_valid_i);
  assign wrong_word = rst_n && concerned && delivered && ahead_now == 0 && out_data != word_now;
  assign changes_while_stalled = rst_n && stalled && (!out_valid || out_data != stalled_data);

endmodule

`default_nettype wire
