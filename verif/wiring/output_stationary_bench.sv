// SPDX-License-Identifier: Apache-2.0
//
// Every (row, column, k) of an output-stationary array meets exactly its operands.
//
// The array's elements are stubs (wiring.cpp) that check tags instead of multiplying. A tag is one
// digit of a number, base 2^TagBits - 1, plus one: never zero, since zero words are bubbles. First,
// tiles whose activations carry their row and whose weights carry their column: each element reports
// whose operands it met, and how often. Then tiles in which both carry their step: each element
// checks that they are equal and count up without a gap. Numbers of several digits take one run per
// digit. Both streams pause at random; that routing does not depend on data is why one digit at a
// time is enough.

`default_nettype none

module sparq_wiring_bench;

  parameter Rows = 4;
  parameter Cols = 4;
  parameter TagBits = 8;
  parameter ActivationBits = 16;   // per row and step, at the port
  parameter WeightBits = 16;       // per column and step, at the port
  parameter ResultBits = 32;
  localparam Base = (1 << TagBits) - 1;
  localparam Tiles = 6;

  reg clk = 0;
  reg rst_n = 0;
  reg clk_en = 1;
  integer pause = 2;  // seed
  reg step_valid = 0;
  wire step_ready;
  reg step_first = 0;
  reg step_last = 0;
  reg [Rows*ActivationBits-1:0] step_activation = 0;
  reg [Cols*WeightBits-1:0] step_weight = 0;
  wire row_valid;
  reg row_ready = 0;
  wire row_last;
  wire [Cols*ResultBits-1:0] row_data;

  `ARRAY #(.Rows(Rows), .Cols(Cols)) dut (
      .clk_i(clk),
      .rst_ni(rst_n),
`ifdef CLOCK_ENABLE
      .clk_en_i(clk_en),
`endif
      .step_valid_i(step_valid),
      .step_ready_o(step_ready),
      .step_first_i(step_first),
      .step_last_i(step_last),
      .step_activation_i(step_activation),
      .step_weight_i(step_weight),
      .row_valid_o(row_valid),
      .row_ready_i(row_ready),
      .row_last_o(row_last),
      .row_data_o(row_data)
  );

  always #5 clk = !clk;

  // Nothing moves and nothing is handed over while it is low.
  always @(negedge clk) clk_en = $random(pause) % 4 != 0;

  // What the stubs look at.
  reg walk = 0;        // tags count the steps of a tile
  integer weight_of_digit = 1;  // Base to the power of the digit that the tags show

  integer seed = 1;
  integer checked = 0;
  integer steps_of[0:Tiles-1];

  function [TagBits-1:0] tag(input integer number);
    tag = 1 + (number / weight_of_digit) % Base;
  endfunction

  function [ActivationBits-1:0] activation_word(input [TagBits-1:0] t);
    activation_word = {(ActivationBits / TagBits + 1) {t}};
  endfunction

  function [WeightBits-1:0] weight_word(input [TagBits-1:0] t);
    weight_word = {(WeightBits / TagBits + 1) {t}};
  endfunction

  function integer largest(input integer a, input integer b);
    largest = a > b ? a : b;
  endfunction

  task send_tiles;
    integer t, s, i;
    begin
      for (t = 0; t < Tiles; t = t + 1) begin
        s = 0;
        while (s < steps_of[t]) begin
          step_valid = $random(seed) % 4 != 0;
          step_first = s == 0;
          step_last  = s == steps_of[t] - 1;
          for (i = 0; i < Rows; i = i + 1)
            step_activation[i*ActivationBits+:ActivationBits] = activation_word(tag(walk ? s : i));
          for (i = 0; i < Cols; i = i + 1)
            step_weight[i*WeightBits+:WeightBits] = weight_word(tag(walk ? s : i));
          #1 if (step_valid && step_ready) s = s + 1;
          @(negedge clk);
        end
      end
      step_valid = 0;
    end
  endtask

  task fail(input integer t, input integer r, input integer c, input [ResultBits-1:0] got);
    begin
      $display("MISWIRED element (%0d, %0d) of tile %0d (%0d steps), %0s: says %b, met activation tag %0d, weight tag %0d, %0d steps (modulo %0d)",
               r, c, t, steps_of[t], walk ? "steps" : "rows and columns", got[3*TagBits],
               got[TagBits-1:0], got[TagBits+:TagBits], got[2*TagBits+:TagBits], 1 << TagBits);
      $finish;
    end
  endtask

  task take_rows;
    integer t, r, c;
    reg [ResultBits-1:0] got;
    reg [3*TagBits:0] want;
    begin
      for (t = 0; t < Tiles; t = t + 1) begin
        r = 0;
        while (r < Rows) begin
          row_ready = $random(seed) % 3 != 0;
          #1 if (row_valid && row_ready) begin
            for (c = 0; c < Cols; c = c + 1) begin
              got = row_data[c*ResultBits+:ResultBits];
              want[3*TagBits] = 1'b1;
              want[2*TagBits+:TagBits] = steps_of[t];
              want[TagBits+:TagBits] = tag(walk ? steps_of[t] - 1 : c);
              want[0+:TagBits] = tag(walk ? steps_of[t] - 1 : r);
              if (got !== want || row_last !== (r == Rows - 1)) fail(t, r, c, got);
              checked = checked + steps_of[t];
            end
            r = r + 1;
          end
          @(negedge clk);
        end
      end
      row_ready = 0;
    end
  endtask

  initial begin
    steps_of[0] = Rows + 3;
    steps_of[1] = 1;
    steps_of[2] = 2;
    steps_of[3] = 2 * Rows + 1;
    steps_of[4] = Rows;
    steps_of[5] = largest(1, Rows - 1);
    repeat (3) @(negedge clk);
    rst_n = 1;
    for (weight_of_digit = 1; weight_of_digit < largest(2 * Rows + 1, Cols);
         weight_of_digit = weight_of_digit * Base) begin
      walk = 0;
      fork
        send_tiles;
        take_rows;
      join
      walk = 1;
      fork
        send_tiles;
        take_rows;
      join
    end
    $display("WIRED %0d", checked);
    $finish;
  end

  initial begin
    // About 100 x Rows cycles of 10 are needed.
    #(10000 * (Rows + 16)) $display("MISWIRED no progress");
    $finish;
  end

endmodule

`default_nettype wire
