// SPDX-License-Identifier: Apache-2.0
//
// Every unit (row, column) of a tensor core meets exactly its operands, in every field of its depth.
//
// The units are stubs (wiring.cpp) that check tags instead of multiplying; output_stationary_bench.sv
// says what a tag is. Three kinds of runs: activations carry their row, weights their column and
// addends their unit; all fields carry their place along the depth; everything carries the number of
// its step. With 2:4 weights an index is the low bits of its value's tag.

`default_nettype none

module sparq_wiring_bench;

  parameter Rows = 4;
  parameter Cols = 4;
  parameter TagBits = 4;
  parameter Fields = 4;            // of a row's activations
  parameter ActivationField = 16;  // bits, at the port
  parameter WeightFields = 4;      // of a column's weights
  parameter WeightField = 16;      // bits without index
  parameter IndexBits = 0;         // 2 with 2:4 weights
  parameter ResultBits = 32;
  localparam Base = (1 << TagBits) - 1;
  localparam Steps = 40;
  localparam Slot = WeightField + IndexBits;

  reg clk = 0;
  reg rst_n = 0;
  reg clk_en = 1;
  integer pause = 2;  // seed
  reg step_valid = 0;
  wire step_ready;
  reg [Rows*Fields*ActivationField-1:0] step_activation = 0;
  reg [Cols*WeightFields*Slot-1:0] step_weight = 0;
  reg [Rows*Cols*ResultBits-1:0] step_addend = 0;
  wire result_valid;
  reg result_ready = 0;
  wire [Rows*Cols*ResultBits-1:0] result_data;

  `ARRAY #(.Rows(Rows), .Cols(Cols)) dut (
      .clk_i(clk),
      .rst_ni(rst_n),
`ifdef CLOCK_ENABLE
      .clk_en_i(clk_en),
`endif
      .step_valid_i(step_valid),
      .step_ready_o(step_ready),
      .step_activation_i(step_activation),
      .step_weight_i(step_weight),
      .step_addend_i(step_addend),
      .result_valid_o(result_valid),
      .result_ready_i(result_ready),
      .result_data_o(result_data)
  );

  always #5 clk = !clk;

  // Nothing moves and nothing is handed over while it is low.
  always @(negedge clk) clk_en = $random(pause) % 4 != 0;

  // What the stubs look at.
  reg walk = 0;  // tags count the fields
  integer weight_of_digit = 1;

  reg by_step = 0;  // tags count the steps
  integer seed = 1;
  integer checked = 0;

  function [TagBits-1:0] tag(input integer number);
    tag = 1 + (number / weight_of_digit) % Base;
  endfunction

  function [TagBits-1:0] tag_of(input integer step, input integer field, input integer place);
    tag_of = tag(by_step ? step : walk ? field : place);
  endfunction

  task send_steps;
    integer n, i, f;
    reg [TagBits-1:0] t;
    begin
      n = 0;
      while (n < Steps) begin
        step_valid = $random(seed) % 4 != 0;
        for (i = 0; i < Rows; i = i + 1)
          for (f = 0; f < Fields; f = f + 1) begin
            t = tag_of(n, f, i);
            step_activation[(i*Fields+f)*ActivationField+:ActivationField] =
                {(ActivationField / TagBits + 1) {t}};
          end
        for (i = 0; i < Cols; i = i + 1)
          for (f = 0; f < WeightFields; f = f + 1) begin
            t = tag_of(n, f, i);
            step_weight[(i*WeightFields+f)*Slot+:Slot] = {t, {(WeightField / TagBits + 1) {t}}};
            step_weight[(i*WeightFields+f)*Slot+:WeightField] = {(WeightField / TagBits + 1) {t}};
            if (IndexBits > 0) step_weight[(i*WeightFields+f)*Slot+WeightField+:2] = t[1:0];
          end
        for (i = 0; i < Rows * Cols; i = i + 1) begin
          t = tag_of(n, 0, i);
          step_addend[i*ResultBits+:ResultBits] = {(ResultBits / TagBits + 1) {t}};
        end
        #1 if (step_valid && step_ready) n = n + 1;
        @(negedge clk);
      end
      step_valid = 0;
    end
  endtask

  task take_results;
    integer n, r, c;
    reg [ResultBits-1:0] got;
    reg [3*TagBits:0] want;
    begin
      n = 0;
      while (n < Steps) begin
        result_ready = $random(seed) % 3 != 0;
        #1 if (result_valid && result_ready) begin
          for (r = 0; r < Rows; r = r + 1)
            for (c = 0; c < Cols; c = c + 1) begin
              got = result_data[(r*Cols+c)*ResultBits+:ResultBits];
              want = {1'b1, tag_of(n, 0, r * Cols + c), tag_of(n, 0, c), tag_of(n, 0, r)};
              if (got !== want) begin
                $display("MISWIRED unit (%0d, %0d), step %0d, %0s: says %b, met activation tag %0d, weight tag %0d, addend tag %0d",
                         r, c, n, by_step ? "steps" : walk ? "fields" : "places", got[3*TagBits],
                         got[TagBits-1:0], got[TagBits+:TagBits], got[2*TagBits+:TagBits]);
                $finish;
              end
              checked = checked + Fields;
            end
          n = n + 1;
        end
        @(negedge clk);
      end
      result_ready = 0;
    end
  endtask

  integer kind;
  initial begin
    repeat (3) @(negedge clk);
    rst_n = 1;
    for (weight_of_digit = 1; weight_of_digit < Rows * Cols + Fields + Steps;
         weight_of_digit = weight_of_digit * Base) begin
      for (kind = 0; kind < 3; kind = kind + 1) begin
        walk = kind == 1;
        by_step = kind == 2;
        fork
          send_steps;
          take_results;
        join
      end
    end
    $display("WIRED %0d", checked);
    $finish;
  end

  initial begin
    #(1000000) $display("MISWIRED no progress");
    $finish;
  end

endmodule

`default_nettype wire
