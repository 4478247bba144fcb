// SPDX-License-Identifier: Apache-2.0
//
// Coverage monitors, of steps; those of operands are in operand_monitors.sv. What an instance has
// seen is one bit per bin. instrument.cpp instantiates them in a copy of the emitted modules;
// bins.cpp names the bins in the same order and says which cannot be reached.
// At the end of a simulation each instance writes its path and its bits to the file +sparq_cover=.
// A situation_i multiplies a monitor's bins: each is looked for in each of the situations.

// verilator lint_off WIDTH
// verilator lint_off DECLFILENAME
// (A bench, not a product: integers of 32 bits meet bits of many widths, and one file holds all.)

`default_nettype none

// Remembers what was seen and writes it in the end: bins with a wire each, or, of many, those few
// at a time whose numbers come with their wires.
module sparq_cover_bins #(
    parameter Bins = 1,
    parameter Numbered = 0,
    parameter Events = Numbered != 0 ? Numbered : Bins
) (
    input wire clk_i,
    input wire sample_i,
    input wire [Events-1:0] seen_i,
    input wire [16*Events-1:0] number_i
);
  // Written in pieces: simulators limit what they print at once.
  localparam Piece = Bins < 4096 ? Bins : 4096;
  localparam Pieces = (Bins + Piece - 1) / Piece;
  reg [Piece*Pieces-1:0] seen_q = 0;
  integer i;
  // verilator lint_off BLKSEQ
  // (Nothing else reads the bits: writing one at a time spares a copy of thousands.)
  always @(posedge clk_i)
    if (sample_i)
      for (i = 0; i < Events; i = i + 1)
        if (seen_i[i]) seen_q[Numbered != 0 ? number_i[16*i+:16] : i] = 1'b1;
  // verilator lint_on BLKSEQ

  string path;
  integer file;
  final begin
    if ($value$plusargs("sparq_cover=%s", path)) begin
      file = $fopen(path, "a");
      $fwrite(file, "%m ");
      for (i = Pieces - 1; i >= 0; i = i - 1) $fwrite(file, "%b", seen_q[Piece*i+:Piece]);
      $fdisplay(file);
      $fclose(file);
    end
  end
endmodule

// The flags of a tile in an output-stationary element, and the cycles in which it holds.
module sparq_cover_tile (
    input wire clk_i,
    input wire sample_i,
    input wire enable_i,
    input wire first_i,
    input wire last_i,
    input wire some_i,  // the word is not zero
    output wire busy_o  // a tile is under way; before the first one registers hold anything
);
  reg last_q = 0;
  reg tile_q = 0;
  assign busy_o = sample_i && (first_i || tile_q);
  always @(posedge clk_i) begin
    if (!sample_i) {last_q, tile_q} <= 2'b00;
    else if (enable_i) begin
      last_q <= last_i;
      tile_q <= busy_o && !last_i;
    end
  end

  sparq_cover_bins #(.Bins(7)) u_tile (
      .clk_i(clk_i),
      .sample_i(sample_i),
      .seen_i({
        !enable_i && busy_o && some_i,
        !enable_i && last_i,
        !enable_i && first_i,
        enable_i && first_i && last_q,
        enable_i && first_i && last_i,
        enable_i && last_i,
        enable_i && first_i
      }),
      .number_i(0)
  );
endmodule

// A stream that is accepted, waits, or has nothing to offer.
module sparq_cover_stream (
    input wire clk_i,
    input wire valid_i,
    input wire ready_i
);
  sparq_cover_bins #(.Bins(3)) u_stream (
      .clk_i(clk_i),
      .sample_i(1'b1),
      .seen_i({!valid_i, valid_i && !ready_i, valid_i && ready_i}),
      .number_i(0)
  );
endmodule

// What each stage of a tensor core holds, a step or a bubble, and whether it moves on.
module sparq_cover_stages #(
    parameter Stages = 2
) (
    input wire clk_i,
    input wire sample_i,
    input wire advance_i,
    input wire [Stages-1:0] valid_i
);
  wire [4*Stages-1:0] seen;
  genvar i;
  generate
    for (i = 0; i < Stages; i = i + 1) begin : gen_stage
      assign seen[4*i+:4] = {
        !valid_i[i] && !advance_i,
        !valid_i[i] && advance_i,
        valid_i[i] && !advance_i,
        valid_i[i] && advance_i
      };
    end
  endgenerate

  sparq_cover_bins #(.Bins(4 * Stages)) u_stages (
      .clk_i(clk_i),
      .sample_i(sample_i),
      .seen_i(seen),
      .number_i(0)
  );
endmodule

// D = C + products, seen from both ends: C a stage before D. The products are what D has more.
module sparq_cover_sum #(
    parameter Width = 32
) (
    input wire clk_i,
    input wire enable_i,
    input wire valid_i,  // with the result
    input wire [Width-1:0] addend_i,
    input wire [Width-1:0] result_i
);
  reg [Width-1:0] addend_q = 0;
  always @(posedge clk_i) if (enable_i) addend_q <= addend_i;

  wire [Width-1:0] products = result_i - addend_q;
  wire some = addend_q != 0;
  wire above = !addend_q[Width-1];
  wire less = products[Width-1];
  sparq_cover_bins #(.Bins(8)) u_sum (
      .clk_i(clk_i),
      .sample_i(enable_i && valid_i),
      .seen_i({
        !above && less && !result_i[Width-1],
        above && !less && result_i[Width-1],
        !above && less,
        !above && !less,
        some && above && less,
        some && above && !less,
        !some && less,
        !some && !less
      }),
      .number_i(0)
  );
endmodule

// The weights of a weight-stationary element: sets taken into use, loads, and what is held.
module sparq_cover_set (
    input wire clk_i,
    input wire sample_i,
    input wire enable_i,
    input wire valid_i,  // a step
    input wire swap_i,   // the first of its set
    input wire load_i
);
  reg valid_q = 0;
  reg swap_q = 0;
  reg first_q = 0;  // the last step was the first of its set
  always @(posedge clk_i) begin
    if (!sample_i) {valid_q, swap_q, first_q} <= 3'b000;
    else if (enable_i) begin
      valid_q <= valid_i;
      swap_q <= swap_i;
      if (valid_i) first_q <= swap_i;
    end
  end

  wire first = valid_i && swap_i;
  wire later = valid_i && !swap_i;
  sparq_cover_bins #(.Bins(11)) u_set (
      .clk_i(clk_i),
      .sample_i(sample_i),
      .seen_i({
        !enable_i && load_i,
        !enable_i && later,
        !enable_i && first,
        enable_i && load_i && swap_i,
        enable_i && load_i && swap_q,
        enable_i && load_i && !valid_i,
        enable_i && load_i && valid_i,
        enable_i && first && valid_q,
        enable_i && first && first_q,
        enable_i && later,
        enable_i && first
      }),
      .number_i(0)
  );
endmodule

`default_nettype wire
