// SPDX-License-Identifier: Apache-2.0
//
// Every (row, column, k) of a weight-stationary array meets exactly its operands.
//
// The array's elements are stubs (wiring.cpp) that check tags instead of multiplying. A tag is one
// digit of a number, base 2^TagBits - 1, plus one. A sum carries a verdict down its column, and
// what its elements are to meet. First, activations and weights both carry their row, and the sum
// counts the rows it has passed: each element checks that all three agree. Then activations carry
// their step, weights their set and column, and the addend carries all of them. Numbers of several
// digits take two such runs per digit. Loads, steps and results pause at random, alike in each run;
// that routing does not depend on data is why one digit at a time is enough.

`default_nettype none

module sparq_wiring_bench;

  parameter Rows = 4;
  parameter Cols = 4;
  parameter TagBits = 8;
  parameter ActivationBits = 16;   // per row and step, at the port
  parameter WeightBits = 16;       // per column and load, at the port
  parameter ResultBits = 32;
  localparam Base = (1 << TagBits) - 1;
  localparam Sets = 6;

  reg clk = 0;
  reg rst_n = 0;
  reg clk_en = 1;
  integer pause = 2;  // seed
  reg load_valid = 0;
  wire load_ready;
  reg [Cols*WeightBits-1:0] load_weight = 0;
  reg step_valid = 0;
  wire step_ready;
  reg step_swap = 0;
  reg [Rows*ActivationBits-1:0] step_activation = 0;
  reg [Cols*ResultBits-1:0] step_addend = 0;
  wire result_valid;
  reg result_ready = 0;
  wire [Cols*ResultBits-1:0] result_data;

  `ARRAY #(.Rows(Rows), .Cols(Cols)) dut (
      .clk_i(clk),
      .rst_ni(rst_n),
`ifdef CLOCK_ENABLE
      .clk_en_i(clk_en),
`endif
      .load_valid_i(load_valid),
      .load_ready_o(load_ready),
      .load_weight_i(load_weight),
      .step_valid_i(step_valid),
      .step_ready_o(step_ready),
      .step_swap_i(step_swap),
      .step_activation_i(step_activation),
      .step_addend_i(step_addend),
      .result_valid_o(result_valid),
      .result_ready_i(result_ready),
      .result_data_o(result_data)
  );

  always #5 clk = !clk;

  // Nothing moves and nothing is handed over while it is low.
  always @(negedge clk) clk_en = $random(pause) % 4 != 0;

  // What the stubs look at.
  reg rows = 0;        // tags are rows, else steps, sets and columns
  integer weight_of_digit = 1;  // Base to the power of the digit that the tags show

  // A generator each: who draws first in a cycle must not matter.
  integer load_seed, step_seed, result_seed;
  integer checked = 0;
  integer steps_of[0:Sets-1];
  integer steps = 0;

  function [TagBits-1:0] tag(input integer number);
    tag = 1 + (number / weight_of_digit) % Base;
  endfunction

  function [ActivationBits-1:0] activation_word(input [TagBits-1:0] t);
    activation_word = {(ActivationBits / TagBits + 1) {t}};
  endfunction

  function [WeightBits-1:0] weight_word(input [TagBits-1:0] t);
    weight_word = {(WeightBits / TagBits + 1) {t}};
  endfunction

  // Below the verdict: the tags of the weights and the activations, over and over.
  function [ResultBits-2:0] expectation(input [TagBits-1:0] weight, input [TagBits-1:0] activation);
    expectation = {(ResultBits / TagBits / 2 + 1) {weight, activation}};
  endfunction

  function integer largest(input integer a, input integer b);
    largest = a > b ? a : b;
  endfunction

  task load_sets;
    integer t, r, c;
    begin
      for (t = 0; t < Sets; t = t + 1) begin
        r = Rows - 1;
        while (r >= 0) begin
          load_valid = $random(load_seed) % 4 != 0;
          for (c = 0; c < Cols; c = c + 1)
            load_weight[c*WeightBits+:WeightBits] = weight_word(tag(rows ? r : t * Cols + c));
          #1 if (load_valid && load_ready) r = r - 1;
          @(negedge clk);
        end
      end
      load_valid = 0;
    end
  endtask

  task send_steps;
    integer t, s, i, sent;
    begin
      sent = 0;
      for (t = 0; t < Sets; t = t + 1) begin
        s = 0;
        while (s < steps_of[t]) begin
          step_valid = $random(step_seed) % 4 != 0;
          step_swap = s == 0;
          for (i = 0; i < Rows; i = i + 1)
            step_activation[i*ActivationBits+:ActivationBits] = activation_word(tag(rows ? i : sent));
          for (i = 0; i < Cols; i = i + 1)
            step_addend[i*ResultBits+:ResultBits] =
                {1'b1, rows ? {(ResultBits - 1) {1'b0}} : expectation(tag(t * Cols + i), tag(sent))};
          #1 if (step_valid && step_ready) begin
            s = s + 1;
            sent = sent + 1;
          end
          @(negedge clk);
        end
      end
      step_valid = 0;
    end
  endtask

  task take_results;
    integer t, s, c, taken;
    reg [ResultBits-1:0] got, want;
    begin
      taken = 0;
      for (t = 0; t < Sets; t = t + 1) begin
        s = 0;
        while (s < steps_of[t]) begin
          result_ready = $random(result_seed) % 3 != 0;
          #1 if (result_valid && result_ready) begin
            for (c = 0; c < Cols; c = c + 1) begin
              got = result_data[c*ResultBits+:ResultBits];
              want[ResultBits-1] = 1'b1;
              want[ResultBits-2:0] = Rows;
              if (!rows) want[ResultBits-2:0] = expectation(tag(t * Cols + c), tag(taken));
              if (got !== want) begin
                $display("MISWIRED column %0d, step %0d of set %0d (step %0d of all), %0s: says %b, passed %h, not %h",
                         c, s, t, taken, rows ? "rows" : "steps, sets and columns",
                         got[ResultBits-1], got[ResultBits-2:0], want[ResultBits-2:0]);
                $finish;
              end
              checked = checked + Rows;
            end
            s = s + 1;
            taken = taken + 1;
          end
          @(negedge clk);
        end
      end
      result_ready = 0;
    end
  endtask

  task run(input by_rows);
    begin
      rows = by_rows;
      load_seed = 1;
      step_seed = 2;
      result_seed = 3;
      fork
        load_sets;
        send_steps;
        take_results;
      join
    end
  endtask

  integer i;
  initial begin
    steps_of[0] = Rows + 3;
    steps_of[1] = 1;
    steps_of[2] = 2;
    steps_of[3] = 2 * Rows + 1;
    steps_of[4] = Rows;
    steps_of[5] = largest(1, Rows - 1);
    for (i = 0; i < Sets; i = i + 1) steps = steps + steps_of[i];
    repeat (3) @(negedge clk);
    rst_n = 1;
    for (weight_of_digit = 1; weight_of_digit < largest(steps, Sets * Cols);
         weight_of_digit = weight_of_digit * Base) begin
      run(1'b1);
      run(1'b0);
    end
    $display("WIRED %0d", checked);
    $finish;
  end

  initial begin
    // Several hundred x Rows cycles of 10 are needed with the narrowest tags.
    #(20000 * (Rows + Cols + 16)) $display("MISWIRED no progress");
    $finish;
  end

endmodule

`default_nettype wire
