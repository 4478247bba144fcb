# SPDX-License-Identifier: Apache-2.0
# The table of modules: for each, where it is stated what it computes (golden), its structure (gen),
# that both agree (verif) and what it costs (synth). A missing file, or an emitter without a row, is
# a configure error. Also runs by itself: cmake -D ROOT=DIR -P modules.cmake

cmake_minimum_required(VERSION 3.25)

set(modules
# module             golden                   gen                            verif                            synth
  "trim_round         golden/trim_round.cpp    gen/emit/trim_round.cpp        verif/bench/unit_vectors.cpp     synth/expected/osu018_sa16_5opt.json"
  "pair_encoder       golden/pair.cpp          gen/emit/pair_encoder.cpp      verif/bench/unit_vectors.cpp     synth/expected/osu018_sa16_5opt.json"
  "static4            golden/static4.cpp       gen/emit/static4.cpp           verif/bench/unit_vectors.cpp     synth/expected/osu018_sa16_5opt.json"
  "lane               golden/pair.cpp          gen/emit/lane.cpp              verif/bench/unit_vectors.cpp     synth/expected/osu018_sa16_5opt.json"
  "pe                 golden/step.cpp          gen/emit/pe.cpp                verif/bench/pe_products.cpp      synth/expected/osu018_sa16_5opt.json"
  "systolic_array     golden/gemm.cpp          gen/emit/systolic_array.cpp    verif/harness/array_program.cpp  synth/expected/osu018_sa16_5opt.json"
  "selection          golden/sparse24.cpp      gen/emit/selection.cpp         verif/bench/dot_unit.cpp         synth/expected/osu018_stc4_5opt.json"
  "dot_unit           golden/pair.cpp          gen/emit/dot_unit.cpp          verif/bench/dot_unit.cpp         synth/expected/osu018_tc4_5opt.json"
  "tensor_core        golden/gemm.cpp          gen/emit/tensor_core.cpp       verif/harness/stream_checks.cpp  synth/expected/osu018_tc4_5opt.json"
  "ws_pe              golden/step.cpp          gen/emit/ws_pe.cpp             verif/tests/ws_array_test.cpp    configs/ws16_5opt.json"
  "ws_array           golden/gemm.cpp          gen/emit/ws_array.cpp          verif/tests/ws_array_test.cpp    configs/ws16_5opt.json"
  "stream_packer      golden/stream.cpp        gen/emit/stream.cpp            verif/bench/encoded_stream.cpp   rtl/lib/sparq_stream_packer.v"
  "stream_unpacker    golden/stream.cpp        gen/emit/stream.cpp            verif/bench/encoded_stream.cpp   rtl/lib/sparq_stream_unpacker.v"
# datapath
  "sparq              golden/pair.cpp          gen/datapath/sparq.cpp         verif/tests/unit_formats_test.cpp  configs/sa16_5opt.json"
  "int8               golden/step.cpp          gen/datapath/int8.cpp          verif/tests/array_configs_test.cpp configs/sa16_int8.json"
  "int4x8             golden/static4.cpp       gen/datapath/int4x8.cpp        verif/tests/array_configs_test.cpp configs/sa16_int4x8.json")

# What the emitters share; no modules.
set(shared gen/emit/header.cpp gen/emit/array_frame.cpp gen/emit/element.cpp gen/emit/library.cpp gen/datapath/datapath.cpp gen/datapath/pipeline.cpp)

if(NOT DEFINED ROOT)
  set(ROOT ${CMAKE_CURRENT_LIST_DIR})
endif()
set(listed ${shared})
foreach(row IN LISTS modules)
  separate_arguments(fields UNIX_COMMAND "${row}")
  list(POP_FRONT fields module)
  foreach(place IN ITEMS golden gen verif synth)
    list(POP_FRONT fields file)
    if(NOT file OR NOT EXISTS "${ROOT}/${file}")
      message(FATAL_ERROR "module ${module} has no ${place} file: ${file} (modules.cmake)")
    endif()
    list(APPEND listed ${file})
  endforeach()
endforeach()
# The generator and the golden model share data (golden/spec), never an algorithm.
file(GLOB_RECURSE sources "${ROOT}/gen/*.h" "${ROOT}/gen/*.cpp")
foreach(source IN LISTS sources)
  file(STRINGS "${source}" includes REGEX "#include \"golden/")
  list(FILTER includes EXCLUDE REGEX "golden/spec/")
  if(includes)
    message(FATAL_ERROR "${source} may not see the golden model: ${includes}")
  endif()
endforeach()

file(GLOB emitters RELATIVE "${ROOT}" "${ROOT}/gen/emit/*.cpp" "${ROOT}/gen/datapath/*.cpp")
foreach(emitter IN LISTS emitters)
  if(NOT emitter IN_LIST listed)
    message(FATAL_ERROR "${emitter} has no row in modules.cmake: state its golden model, bench and cost")
  endif()
endforeach()
